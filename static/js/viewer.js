// The page viewer: zoom, the page counter, thumbnails, full screen, keys.
const ZOOMS = [50, 75, 100, 125, 150, 200];
const still = matchMedia("(prefers-reduced-motion: reduce)");

const start = (viewer) => {
  const pages = viewer.querySelector("[data-pages]");
  const images = [...(pages?.querySelectorAll("img") ?? [])];
  if (!images.length) return;
  const find = (name) => viewer.querySelector(`[data-${name}]`);
  let zoom = 100;
  let current = 1;

  const show = (number) => {
    current = number;
    if (find("now")) find("now").textContent = number;
    viewer.querySelectorAll("[data-thumb]").forEach((thumb) => {
      if (Number(thumb.dataset.thumb) === number) thumb.setAttribute("aria-current", "true"); else thumb.removeAttribute("aria-current");
    });
    for (const [name, end] of [["previous", 1], ["next", images.length]]) if (find(name)) find(name).disabled = number === end;
  };
  const go = (number) => {
    const image = images[Math.min(Math.max(number, 1), images.length) - 1];
    pages.scrollTo({ top: image.offsetTop - 16, behavior: still.matches ? "auto" : "smooth" });
  };
  const scale = (step) => {
    zoom = ZOOMS[Math.min(Math.max(ZOOMS.indexOf(zoom) + step, 0), ZOOMS.length - 1)];
    pages.dataset.zoom = zoom;
    if (find("scale")) find("scale").textContent = find("scale").dataset.scale.replace("100", zoom);
    find("smaller") && (find("smaller").disabled = zoom === ZOOMS[0]);
    find("larger") && (find("larger").disabled = zoom === ZOOMS.at(-1));
  };
  const acts = {
    smaller: () => scale(-1), larger: () => scale(1), previous: () => go(current - 1), next: () => go(current + 1),
    full: () => {
      const full = viewer.classList.toggle("full");
      if (full) pages.focus(); else [...viewer.querySelectorAll("[data-full]")].find((button) => button.offsetParent)?.focus();
    },
  };
  viewer.addEventListener("click", (event) => {
    const thumb = event.target.closest("[data-thumb]");
    if (thumb) { event.preventDefault(); go(Number(thumb.dataset.thumb)); }
    for (const [name, act] of Object.entries(acts)) if (event.target.closest(`[data-${name}]`)) act();
  });
  pages.addEventListener("scroll", () => {
    const middle = pages.scrollTop + pages.clientHeight / 2;
    const at = images.findLastIndex((image) => image.offsetTop <= middle) + 1;
    if (at && at !== current) show(at);
  }, { passive: true });
  pages.addEventListener("keydown", (event) => {
    const keys = { "+": acts.larger, "=": acts.larger, "-": acts.smaller, PageDown: acts.next, PageUp: acts.previous };
    if (keys[event.key] && !event.ctrlKey && !event.metaKey) { event.preventDefault(); keys[event.key](); }
  });
  viewer.addEventListener("keydown", (event) => { if (event.key === "Escape" && viewer.classList.contains("full")) acts.full(); });
  show(1);
};
document.querySelectorAll("[data-viewer]").forEach(start);
// A preview that was still being made when the page came.
document.addEventListener("htmx:load", (event) => { if (event.target.matches("[data-viewer]")) start(event.target); });
