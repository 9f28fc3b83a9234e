"""What each metric of the score table means, in one sentence."""

AOGM_TERMS = {
    "NS": "result cells to split",
    "FN": "cells missed",
    "FP": "false cells",
    "ED": "false links",
    "EA": "links missed",
    "EC": "links taken for divisions, or the reverse",
}

CELL_TYPES = ("A172", "BT474", "BV2", "Huh7", "MCF7", "SHSY5Y", "SkBr3", "SKOV3")

METRICS: dict[str, str] = {
    "SEG": "Cell Tracking Challenge: mean Jaccard index of all gold truth objects, 0 for those less than half covered.",
    "SEG_ST": "SEG against silver truth (fused computer annotations) instead of gold.",
    "DET": "Cell Tracking Challenge: one minus the cost of repairing detections (missed 10, merged 5, false 1).",
    "TRA": "Cell Tracking Challenge: one minus the cost of repairing detections and links (AOGM/AOGM0).",
    "LNK": "Cell Tracking Challenge: one minus the cost of repairing the links between cells.",
    "AOGM": "Weighted number of operations that turn the tracking into the truth; 0 is perfect.",
    **{f"AOGM_{name}": f"Number of {meaning}; 0 is perfect." for name, meaning in AOGM_TERMS.items()},
    "CT": "Complete tracks: F1 of tracks that begin, end and match exactly as in the truth.",
    "TF": "Track fractions: mean longest share of a detected track that one result track follows without a break.",
    **{
        f"BC{i}": f"Branching correctness: F1 of divisions, each found within {i} frames; nan without divisions."
        for i in range(4)
    },
    "CCA": "Cell cycle accuracy: agreement of the distributions of cycle lengths; nan without a complete cycle.",
    "BIO": "Mean of those of CT, TF, BC2 and CCA that are defined.",
    "OP_CSB": "Cell Segmentation Benchmark: mean of SEG and DET.",
    "OP_CTB": "Cell Tracking Benchmark: mean of SEG and TRA.",
    "OP_CLB": "Cell Linking Benchmark: mean of LNK and BIO.",
    "HOTA": "Higher order tracking accuracy: detection and association of cells together.",
    "CHOTA": "HOTA whose association includes ancestors and descendants.",
    "MOTA": "Multiple object tracking accuracy: one minus misses, false cells and identity switches per cell.",
    "IDF1": "F1 of objects under the best one-to-one assignment of whole tracks.",
    "AP": "COCO average precision of ranked objects, mean over IoU .50 to .95, by LIVECell's protocol.",
    "AP50": "COCO average precision at IoU .50.",
    "AP75": "COCO average precision at IoU .75.",
    "AP_small": "AP of cells below 324 px.",
    "AP_medium": "AP of cells of 324 to 961 px.",
    "AP_large": "AP of cells above 961 px.",
    **{f"AP_{name}": f"AP of the images of {name} cells." for name in CELL_TYPES},
    **{f"AR{most}": f"COCO average recall of the {most} best objects of each image." for most in (100, 500, 2000)},
    "AFNR": "LIVECell's mean false negative ratio: share of truth cells missed, mean over IoU .50 to .95; 0 is best.",
    "AP_constant": "AP when all objects have one score: what is left without a ranking.",
    "AP_ceiling": "AP of the truth itself drawn as a label image: no label image does much better on overlaps.",
    "AP50_matched": "Cellpose's average precision TP/(TP+FP+FN) at IoU .50, mean over frames.",
    "AP75_matched": "Cellpose's average precision TP/(TP+FP+FN) at IoU .75, mean over frames.",
    "mAP_matched": "Cellpose's average precision TP/(TP+FP+FN), mean over IoU .50 to .95 and frames.",
    "F1": "F1 of objects at IoU above .50, over all frames.",
    "ECE": "Expected calibration error of the objects' scores: 0 when a score is the share of objects that are right.",
    "PQ": "Panoptic quality: F1 times the mean IoU of matched objects.",
}
