for (const button of document.querySelectorAll(".sortable button")) button.addEventListener("click", () => {
  const head = button.parentElement, body = head.closest("table").tBodies[0], column = head.cellIndex;
  const numeric = head.classList.contains("value"), was = head.getAttribute("aria-sort");
  const sign = was === (numeric ? "descending" : "ascending") ? -1 : 1;
  const value = row => { const cell = row.cells[column]; return numeric ? parseFloat(cell.dataset.value) : cell.textContent; };
  const order = (a, b) => {
    const x = value(a), y = value(b);
    if (!numeric) return sign * x.localeCompare(y, undefined, { numeric: true });
    return isNaN(x) ? (isNaN(y) ? 0 : 1) : isNaN(y) ? -1 : sign * (y - x);
  };
  body.append(...[...body.rows].sort(order));
  for (const other of head.parentElement.cells) other.removeAttribute("aria-sort");
  head.setAttribute("aria-sort", (sign === 1) === numeric ? "descending" : "ascending");
});
const dialog = document.querySelector("dialog");
for (const picture of document.querySelectorAll("figure img")) picture.addEventListener("click", () => {
  dialog.replaceChildren(picture.cloneNode());
  dialog.showModal();
});
dialog.addEventListener("click", () => dialog.close());
addEventListener("beforeprint", () => { for (const part of document.querySelectorAll("details")) part.open = true; });
for (const button of document.querySelectorAll("[data-copy]")) button.addEventListener("click", async () => {
  const source = button.closest(button.dataset.copy);
  const works = [...source.querySelectorAll("li")].map((item, place) => `${place + 1}. ${item.textContent}`);
  await navigator.clipboard.writeText([source.querySelector("p").textContent, ...works].join("\n"));
  button.textContent = "Copied";
});
