// Single keys: "/" to the search, "C" to the comment, "J" and "K" along a list or the tasks, "A" to the approval, "G D" to the
// documents, "?" for their list. Off in fields, and by the switch in that list.
const sheet = document.getElementById("keys");
const box = sheet?.querySelector("[data-keys]");
let on = localStorage.getItem("keys") !== "off";
if (box) {
  box.checked = on;
  box.addEventListener("change", () => { on = box.checked; localStorage.setItem("keys", on ? "on" : "off"); });
}
const along = (step) => {
  const neighbour = document.querySelector(step > 0 ? "[data-following]" : "[data-preceding]");
  if (neighbour) return neighbour.click();
  const rows = [...document.querySelectorAll("main .cell-title")];
  const at = rows.indexOf(document.activeElement);
  return rows[at < 0 ? 0 : Math.min(Math.max(at + step, 0), rows.length - 1)]?.focus();
};
const to = (selector) => document.querySelector(selector)?.focus();
const keys = {
  "/": () => to("[data-search]"),
  KeyC: () => to("[data-comment]"),
  KeyA: () => to("[data-approve]"),
  KeyJ: () => along(1),
  KeyK: () => along(-1),
};
let went = 0;
document.addEventListener("keydown", (event) => {
  if (!on || event.ctrlKey || event.metaKey || event.altKey || event.target.matches("input:not([type=checkbox], [type=radio]), textarea, select")) return;
  if (event.key === "?") { sheet?.showPopover(); return; }
  if (event.code === "KeyG") went = event.timeStamp;
  if (event.code === "KeyD" && event.timeStamp - went < 1000) location.assign("/documents/");
  const act = event.key === "/" ? keys["/"] : !event.shiftKey && keys[event.code];
  if (act) { event.preventDefault(); act(); }
});
