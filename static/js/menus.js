// Menus are <details>, sheets are popovers: they work without this. Here: close on Escape, on a click elsewhere, and the drawer.
const close = (menu) => { menu.open = false; menu.querySelector("summary").focus(); };

document.addEventListener("click", (event) => {
  document.querySelectorAll("details[data-menu][open]").forEach((menu) => { if (!menu.contains(event.target)) menu.open = false; });
  const drawer = event.target.closest("[data-drawer]");
  if (drawer) {
    const open = document.getElementById("side").classList.toggle("open");
    drawer.setAttribute("aria-expanded", String(open));
  }
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  const menu = event.target.closest?.("details[data-menu][open]") ?? document.querySelector("details[data-menu][open]");
  if (menu) { close(menu); return; }
  const side = document.getElementById("side");
  if (side?.classList.contains("open")) {
    side.classList.remove("open");
    const button = side.querySelector("[data-drawer]");
    button.setAttribute("aria-expanded", "false");
    button.focus();
  }
});
// A sheet that opens puts the cursor into its field.
document.addEventListener("toggle", (event) => {
  if (event.newState === "open" && event.target.matches?.(".sheet")) event.target.querySelector("textarea, input:not([type=hidden])")?.focus();
}, true);
