// htmx: send the token, and put the focus where the answer asks for it.
document.addEventListener("htmx:configRequest", (event) => {
  event.detail.headers["X-CSRFToken"] = document.querySelector("meta[name=csrf-token]")?.content ?? "";
});
document.addEventListener("htmx:afterSwap", (event) => {
  event.detail.target.querySelector?.("[data-focus]")?.focus();
});
// A poll must not pull a sheet, a menu or a half-written sentence from under somebody's hands.
document.addEventListener("htmx:beforeRequest", (event) => {
  if (!event.detail.elt.hasAttribute("data-live")) return;
  const busy = document.hidden || document.querySelector(":popover-open, details[data-menu][open]") || document.activeElement?.matches("textarea, input, select");
  if (busy) event.preventDefault();
});
