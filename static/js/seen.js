// "Opened" is said once, after the page was visible for two seconds or at the first touch.
const form = document.querySelector("form[data-seen]");
if (form) {
  let visible = 0;
  let told = false;
  const tell = () => {
    if (told) return;
    told = true;
    clearInterval(clock);
    const body = new FormData(form);
    body.set("tap", document.querySelector("[data-tap]")?.dataset.tap ?? "");
    fetch(form.action, { method: "POST", body, redirect: "manual", keepalive: true });
  };
  const clock = setInterval(() => {
    visible = document.visibilityState === "visible" ? visible + 250 : 0;
    if (visible >= 2000) tell();
  }, 250);
  addEventListener("pointerdown", tell, { once: true });
  addEventListener("keydown", tell, { once: true });
}
