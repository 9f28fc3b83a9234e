/* The lineage tree beside the frames: a line is a track, a fork a division; a click goes to that cell and frame. */

const ROW = 9, LEFT = 34, TOP = 18;

class Tree {
  constructor(root, viewer) {
    this.root = root;
    this.viewer = viewer;
    root.addEventListener("click", event => {
      const line = event.target.closest("[data-track]"), svg = root.querySelector("svg");
      if (!line) return;
      const at = event.clientX - svg.getBoundingClientRect().left;
      const life = this.viewer.tracks.get(+line.dataset.track), frame = Math.round((at - LEFT) / this.pace - .5);
      this.viewer.select(life.id, Math.min(Math.max(frame, life.begin), life.end), true);
    });
  }

  build() {
    const { tracks, film } = this.viewer, shown = [...tracks.values()].filter(life => life.row >= 0);
    this.root.hidden = !shown.length;
    if (!shown.length) return;
    const rows = Math.max(...shown.map(life => life.row)) + 1, width = Math.max(260, Math.min(560, this.root.clientWidth || 400) - 4);
    this.pace = (width - LEFT - 8) / film.total;
    const height = TOP + rows * ROW + 8, x = frame => LEFT + frame * this.pace, y = row => TOP + (row + .5) * ROW;
    const parts = shown.map(life => {
      const mother = tracks.get(life.parent), fork = mother && mother.row >= 0;
      const from = fork ? `<path d="M${x(mother.end + 1)} ${y(mother.row)}V${y(life.row)}H${x(life.begin)}" stroke="${life.colour}" class="fork"/>` : `<text x="${LEFT - 4}" y="${y(life.row) + 3}" text-anchor="end">${life.id}</text>`;
      return `${from}<g data-track="${life.id}"><path d="M${x(life.begin)} ${y(life.row)}H${x(life.end + 1)}" class="grip"/><path d="M${x(life.begin)} ${y(life.row)}H${x(life.end + 1)}" stroke="${life.colour}" class="life"/><title>track ${life.id}, frames ${life.begin} to ${life.end}</title></g>`;
    });
    this.root.innerHTML = `<svg role="img" aria-label="Lineage tree" width="${width}" height="${height}"><line class="now" y1="${TOP - 4}" y2="${height}"/><text class="clock" y="11"></text>${parts.join("")}</svg>`;
    this.follow();
  }

  follow() { // the line that marks the frame
    const line = this.root.querySelector(".now"), clock = this.root.querySelector(".clock");
    if (!line || this.root.hidden) return;
    const x = LEFT + (this.viewer.frame() + .5) * this.pace;
    line.setAttribute("x1", x);
    line.setAttribute("x2", x);
    clock.setAttribute("x", x);
    clock.textContent = this.viewer.frame();
  }

  mark() { // the chosen track, its family a little
    const { track, tracks } = this.viewer, founder = tracks.get(track)?.founder;
    for (const line of this.root.querySelectorAll("[data-track]")) {
      const life = tracks.get(+line.dataset.track);
      line.classList.toggle("chosen", life.id === track);
      line.classList.toggle("other", founder !== undefined && life.founder !== founder);
    }
    const chosen = this.root.querySelector(".chosen");
    if (!chosen) return;
    const box = chosen.getBoundingClientRect(), frame = this.root.getBoundingClientRect();
    if (box.top < frame.top || box.bottom > frame.bottom) this.root.scrollTop += box.top - frame.top - frame.height / 2;
  }
}
