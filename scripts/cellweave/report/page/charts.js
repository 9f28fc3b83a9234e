/* What was measured, over time: median and quartiles of all cells, the chosen cell on top; the pointer reads values. */

const number = value => value === null ? "–" : Math.abs(value) >= 1000 ? value.toFixed(0) : String(+value.toPrecision(3));
const quantile = (sorted, share) => sorted.length ? sorted[Math.round((sorted.length - 1) * share)] : null;
const range = values => {
  const sorted = values.filter(value => value !== null).sort((a, b) => a - b);
  return [quantile(sorted, .01) ?? 0, quantile(sorted, .99) ?? 1];
};
const HIGH = 132, WIDE = 360, EDGE = { left: 44, right: 8, top: 20, bottom: 20 };

class Charts {
  constructor(root, viewer) {
    this.root = root;
    this.viewer = viewer;
    this.box = root.querySelector(".plots");
    const at = event => {
      const plot = event.target.closest("svg");
      if (!plot) return null;
      const { left, width } = plot.getBoundingClientRect();
      return Math.round(((event.clientX - left) / width * WIDE - EDGE.left) / (WIDE - EDGE.left - EDGE.right) * (this.viewer.film.frames.length - 1));
    };
    this.box.addEventListener("pointermove", event => { const place = at(event); if (place !== null) this.read(place); });
    this.box.addEventListener("pointerleave", () => this.read(this.viewer.place));
    this.box.addEventListener("click", event => { const place = at(event); if (place !== null) this.viewer.go(place); });
  }

  build() {
    const { run, track } = this.viewer;
    const counts = run.frames.map(frame => frame.label.length);
    this.series = [{ name: "cells", unit: "", middle: counts }];
    for (const { name, unit, values } of run.features) {
      const sorted = values.map(frame => frame.filter(value => value !== null).sort((a, b) => a - b));
      const own = track === null || !this.viewer.tracks.size ? null : values.map((frame, i) => frame[run.frames[i].track.indexOf(track)] ?? null);
      this.series.push({ name, unit, own, middle: sorted.map(s => quantile(s, .5)), low: sorted.map(s => quantile(s, .25)), high: sorted.map(s => quantile(s, .75)) });
    }
    this.box.innerHTML = this.series.map(series => this.plot(series)).join("");
    this.follow();
  }

  x(place) { return EDGE.left + place / Math.max(1, this.viewer.film.frames.length - 1) * (WIDE - EDGE.left - EDGE.right); }

  plot(series) {
    const { name, unit, middle, low, high, own } = series, all = [middle, low, high, own].flatMap(line => line ?? []).filter(value => value !== null);
    const top = Math.max(...all, 0), bottom = Math.min(...all, 0), span = top - bottom || 1;
    series.y = value => HIGH - EDGE.bottom - (value - bottom) / span * (HIGH - EDGE.top - EDGE.bottom);
    const line = values => values.map((value, i) => value === null ? "" : `${i && values[i - 1] !== null ? "L" : "M"}${this.x(i).toFixed(1)} ${series.y(value).toFixed(1)}`).join("");
    const known = low?.map((value, i) => i).filter(i => low[i] !== null) ?? [];
    const band = known.length ? `<path class="band" d="M${known.map(i => `${this.x(i).toFixed(1)} ${series.y(high[i]).toFixed(1)}`).join("L")}L${known.reverse().map(i => `${this.x(i).toFixed(1)} ${series.y(low[i]).toFixed(1)}`).join("L")}Z"/>` : "";
    const tick = value => `<text x="${EDGE.left - 4}" y="${series.y(value) + 3}" text-anchor="end">${number(value)}</text><line class="grid" x1="${EDGE.left}" x2="${WIDE - EDGE.right}" y1="${series.y(value)}" y2="${series.y(value)}"/>`;
    const { frames } = this.viewer.film, ends = `<text x="${EDGE.left}" y="${HIGH - 5}">${frames[0]}</text><text x="${WIDE - EDGE.right}" y="${HIGH - 5}" text-anchor="end">frame ${frames.at(-1)}</text>`;
    return `<svg viewBox="0 0 ${WIDE} ${HIGH}" role="img" aria-label="${name} over time">${tick(bottom)}${tick(top)}${ends}${band}<path class="middle" d="${line(middle)}"/>${own ? `<path class="own" d="${line(own)}"/>` : ""}<line class="now" y1="${EDGE.top}" y2="${HIGH - EDGE.bottom}"/><text class="name" x="4" y="12">${name}${unit && ` [${unit}]`}</text><text class="value" x="${WIDE - EDGE.right}" y="12" text-anchor="end"></text></svg>`;
  }

  follow() { this.read(this.viewer.place); }

  read(place) {
    const i = Math.min(Math.max(place, 0), this.viewer.film.frames.length - 1);
    [...this.box.querySelectorAll("svg")].forEach((plot, which) => {
      const { middle, own } = this.series[which], now = plot.querySelector(".now");
      now.setAttribute("x1", this.x(i));
      now.setAttribute("x2", this.x(i));
      const values = which ? `median ${number(middle[i])}${own ? `, track ${this.viewer.track}: ${number(own[i])}` : ""}` : number(middle[i]);
      plot.querySelector(".value").textContent = `frame ${this.viewer.film.frames[i]}: ${values}`;
    });
  }
}
