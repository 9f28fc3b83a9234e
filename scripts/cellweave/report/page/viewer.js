/* Frames with outlines: step through time, zoom, click a cell. Tree and charts follow the same frame and cell. */

const LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
const STEP = Object.fromEntries([...LETTERS].map((letter, place) => [letter, place - 32]));
const RAMP = [[68, 1, 84], [59, 82, 139], [33, 145, 140], [94, 201, 98], [253, 231, 37]]; // viridis
const DECODED = 48; // pictures kept decoded, whatever the length of the movie

const data = element => JSON.parse(element.textContent);
const rgb = share => {
  const at = Math.min(Math.max(share, 0), 1) * (RAMP.length - 1), low = Math.min(Math.floor(at), RAMP.length - 2);
  return `rgb(${RAMP[low].map((value, i) => Math.round(value + (at - low) * (RAMP[low + 1][i] - value))).join(" ")})`;
};
const hashed = label => `oklch(.74 .15 ${(label * 137.508) % 360})`;

class Viewer {
  constructor(root) {
    this.root = root;
    this.film = data(root.querySelector("script.film"));
    this.runs = [...root.querySelectorAll("script.run")];
    this.canvas = root.querySelector("canvas");
    this.pen = this.canvas.getContext("2d");
    this.pictures = new Map();
    this.view = { zoom: 1, x: 0, y: 0 };
    this.place = 0;
    this.track = null;
    this.tree = new Tree(root.querySelector(".tree"), this);
    this.charts = new Charts(root.querySelector(".charts"), this);
    this.part = name => root.querySelector(`[data-part=${name}]`);
    this.wire();
    this.choose(0);
    new ResizeObserver(() => this.draw()).observe(this.canvas);
  }

  wire() {
    const slider = this.part("slider"), { frames } = this.film;
    slider.max = frames.length - 1;
    slider.addEventListener("input", () => this.go(+slider.value));
    this.part("run")?.addEventListener("change", event => this.choose(event.target.selectedIndex));
    this.part("colour").addEventListener("change", () => this.draw());
    this.part("outlines").addEventListener("change", () => this.draw());
    this.part("play").addEventListener("click", () => this.play());
    this.part("fit").addEventListener("click", () => { this.view = { zoom: 1, x: 0, y: 0 }; this.draw(); });
    this.part("closer").addEventListener("click", () => this.zoom(1.5));
    this.part("farther").addEventListener("click", () => this.zoom(1 / 1.5));
    this.canvas.addEventListener("keydown", event => {
      const act = { ArrowLeft: () => this.go(this.place - 1), ArrowRight: () => this.go(this.place + 1), "+": () => this.zoom(1.5), "-": () => this.zoom(1 / 1.5) }[event.key];
      if (act) { event.preventDefault(); act(); }
    });
    this.canvas.addEventListener("wheel", event => {
      if (!event.ctrlKey && document.activeElement !== this.canvas) return; // a page that scrolls past is not caught
      event.preventDefault();
      this.zoom(Math.exp(-event.deltaY / 300), event.offsetX, event.offsetY);
    }, { passive: false });
    this.drag();
  }

  drag() {
    const held = new Map();
    let moved = 0;
    const span = () => { const [a, b] = [...held.values()]; return Math.hypot(a.x - b.x, a.y - b.y); };
    this.canvas.addEventListener("pointerdown", event => {
      this.canvas.setPointerCapture(event.pointerId);
      held.set(event.pointerId, { x: event.offsetX, y: event.offsetY });
      if (held.size === 1) moved = 0;
    });
    this.canvas.addEventListener("pointermove", event => {
      const from = held.get(event.pointerId);
      if (!from) return;
      const to = { x: event.offsetX, y: event.offsetY }, before = held.size === 2 ? span() : 0;
      moved += Math.hypot(to.x - from.x, to.y - from.y);
      held.set(event.pointerId, to);
      if (before) this.zoom(span() / before, to.x, to.y);
      else if (this.view.zoom > 1) { this.view.x += to.x - from.x; this.view.y += to.y - from.y; this.draw(); }
    });
    const release = event => {
      if (held.delete(event.pointerId) && event.type === "pointerup" && !held.size && moved < 6) this.pick(event.offsetX, event.offsetY);
    };
    this.canvas.addEventListener("pointerup", release);
    this.canvas.addEventListener("pointercancel", release);
  }

  choose(index) {
    this.run = data(this.runs[index]);
    this.tracks = new Map(this.run.tracks.map(([id, begin, end, parent, founder, row, colour]) => [id, { id, begin, end, parent, founder, row, colour }]));
    const colour = this.part("colour");
    colour.replaceChildren(...[this.tracks.size ? "track" : "object", ...this.run.features.map(feature => feature.name)].map(name => new Option(name)));
    this.track = null;
    this.tree.build();
    this.charts.build();
    this.go(this.place);
  }

  frame() { return this.film.frames[this.place]; }

  placeOf(frame) { // the nearest frame that is shown
    const { frames } = this.film;
    return frames.reduce((best, value, i) => Math.abs(value - frame) < Math.abs(frames[best] - frame) ? i : best, 0);
  }

  async go(place) {
    this.place = Math.min(Math.max(place, 0), this.film.frames.length - 1);
    this.part("slider").value = this.place;
    this.part("time").textContent = this.time(this.frame());
    const here = this.run.frames[this.place];
    this.paths = here.outline.map((outline, i) => this.path(here.x[i], here.y[i], outline));
    this.tell();
    this.tree.follow();
    this.charts.follow();
    const wanted = this.place, picture = await this.picture(wanted);
    if (wanted !== this.place) return;
    this.shown = picture;
    this.draw();
    for (const next of [wanted + 1, wanted - 1]) if (this.film.pictures[next]) this.picture(next);
  }

  time(frame) {
    const minutes = this.film.frame_min === null ? null : Math.round(frame * this.film.frame_min);
    return `frame ${frame}` + (minutes === null ? "" : ` · ${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, "0")} min`);
  }

  picture(place) {
    if (!this.pictures.has(place)) {
      const picture = new Image();
      picture.src = "data:image/webp;base64," + this.film.pictures[place];
      this.pictures.set(place, picture.decode().then(() => picture));
      if (this.pictures.size > DECODED) this.pictures.delete(this.pictures.keys().next().value);
    }
    return this.pictures.get(place);
  }

  path(x, y, outline) {
    const path = new Path2D();
    if (typeof outline === "number") {
      path.arc(x / 2, y / 2, outline / 2, 0, 2 * Math.PI);
      return path;
    }
    path.moveTo(x / 2, y / 2);
    for (let i = 0; i < outline.length; i += 2) {
      x += STEP[outline[i]];
      y += STEP[outline[i + 1]];
      path.lineTo(x / 2, y / 2);
    }
    path.closePath();
    return path;
  }

  colours() { // of the cells of this frame, by what the reader chose
    const here = this.run.frames[this.place], feature = this.run.features[this.part("colour").selectedIndex - 1];
    this.part("scale").hidden = !feature;
    if (!feature) return here.track.map(track => this.tracks.get(track)?.colour ?? hashed(track));
    feature.range ??= range(feature.values.flat());
    const [low, high] = feature.range;
    this.part("low").textContent = number(low);
    this.part("high").textContent = `${number(high)} ${feature.unit}`;
    return feature.values[this.place].map(value => value === null ? "#888" : rgb((value - low) / (high - low || 1)));
  }

  draw() {
    const { canvas, pen, shown, view } = this;
    if (!shown || !canvas.clientWidth) return;
    const dots = devicePixelRatio || 1, width = Math.round(canvas.clientWidth * dots), height = Math.round(width * shown.height / shown.width);
    if (canvas.width !== width || canvas.height !== height) { canvas.width = width; canvas.height = height; }
    const side = canvas.clientWidth, tall = height / dots;
    view.x = Math.min(0, Math.max(side * (1 - view.zoom), view.x));
    view.y = Math.min(0, Math.max(tall * (1 - view.zoom), view.y));
    this.unit = side / shown.width * view.zoom; // CSS pixels per pixel of the picture
    pen.setTransform(dots * this.unit, 0, 0, dots * this.unit, dots * view.x, dots * view.y);
    pen.imageSmoothingEnabled = this.unit < 3;
    pen.drawImage(shown, 0, 0);
    const here = this.run.frames[this.place];
    const colours = this.colours(), outlined = this.part("outlines").checked;
    this.paths.forEach((path, i) => {
      const chosen = here.track[i] === this.track;
      if (!outlined && !chosen) return;
      pen.lineWidth = (chosen ? 3 : 1.5) / this.unit;
      pen.strokeStyle = colours[i];
      if (chosen) { pen.save(); pen.globalAlpha = .3; pen.fillStyle = colours[i]; pen.fill(path); pen.restore(); }
      pen.stroke(path);
    });
  }

  zoom(factor, x = this.canvas.clientWidth / 2, y = this.canvas.clientHeight / 2) {
    const zoom = Math.min(Math.max(this.view.zoom * factor, 1), 16), grown = zoom / this.view.zoom;
    this.view = { zoom, x: x - (x - this.view.x) * grown, y: y - (y - this.view.y) * grown };
    this.draw();
  }

  pick(x, y) {
    const here = this.run.frames[this.place], at = [(x - this.view.x) / this.unit, (y - this.view.y) / this.unit];
    this.pen.save();
    this.pen.resetTransform();
    const hit = this.paths.findIndex(path => this.pen.isPointInPath(path, ...at));
    this.pen.restore();
    this.select(hit < 0 ? null : here.track[hit]);
  }

  select(track, frame = this.frame(), centre = false) {
    this.track = track;
    this.tree.mark();
    this.charts.build();
    this.go(this.placeOf(frame)).then(() => centre && this.centre());
  }

  centre() { // bring the chosen cell to the middle when it lies outside of what is seen
    const here = this.run.frames[this.place], i = here.track.indexOf(this.track);
    if (i < 0 || this.view.zoom === 1) return;
    this.view.x = this.canvas.clientWidth / 2 - here.x[i] / 2 * this.unit;
    this.view.y = this.canvas.clientHeight / 2 - here.y[i] / 2 * this.unit;
    this.draw();
  }

  tell() { // about the chosen cell, in words
    const here = this.run.frames[this.place], i = here.track.indexOf(this.track), life = this.tracks.get(this.track);
    const said = this.part("cell");
    if (this.track === null) { said.textContent = `${here.label.length} cells in this frame. Click one.`; return; }
    const parts = [life ? `track ${this.track}, frames ${life.begin} to ${life.end}` : `object ${this.track}`];
    if (life?.parent) parts.push(`from track ${life.parent}`);
    const daughters = [...this.tracks.values()].filter(other => other.parent === this.track).map(other => other.id);
    if (daughters.length) parts.push(`${daughters.length > 1 ? "divides into" : "goes on as"} ${daughters.join(" and ")}`);
    if (i < 0) parts.push("not seen in this frame");
    else for (const { name, unit, values } of this.run.features) if (values[this.place][i] !== null) parts.push(`${name} ${number(values[this.place][i])} ${unit}`.trim());
    said.textContent = parts.join(" · ");
  }

  play() {
    const button = this.part("play");
    if (this.timer) { clearInterval(this.timer); this.timer = null; button.textContent = "▶"; return; }
    button.textContent = "⏸";
    this.timer = setInterval(() => this.go((this.place + 1) % this.film.frames.length), 150);
  }
}

addEventListener("load", () => {
  const start = root => { root.viewer ??= new Viewer(root); };
  const seen = new IntersectionObserver(entries => { for (const { isIntersecting, target } of entries) if (isIntersecting) { seen.unobserve(target); start(target); } }, { rootMargin: "200px" });
  for (const root of document.querySelectorAll(".viewer")) seen.observe(root);
});
