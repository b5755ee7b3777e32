// Single keys: "/" to the search, "C" to the comment, "?" for their list. Off in fields, and by the switch in that list.
const sheet = document.getElementById("keys");
const box = sheet?.querySelector("[data-keys]");
let on = localStorage.getItem("keys") !== "off";
if (box) {
  box.checked = on;
  box.addEventListener("change", () => { on = box.checked; localStorage.setItem("keys", on ? "on" : "off"); });
}
document.addEventListener("keydown", (event) => {
  if (!on || event.ctrlKey || event.metaKey || event.altKey || event.target.matches("input:not([type=checkbox], [type=radio]), textarea, select")) return;
  if (event.key === "?") { sheet?.showPopover(); return; }
  const field = event.key === "/" ? "[data-search]" : event.code === "KeyC" ? "[data-comment]" : null;
  const target = field && document.querySelector(field);
  if (target) { event.preventDefault(); target.focus(); }
});
