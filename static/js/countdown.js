// "A new code can be asked for in 0:42": counts down, then shows the button.
document.querySelectorAll("[data-countdown]").forEach((place) => {
  let seconds = Number(place.dataset.countdown);
  const show = place.querySelector("[data-left]");
  const after = document.getElementById(place.dataset.then);
  if (after) after.hidden = seconds > 0;
  const tick = () => {
    if (seconds <= 0) { place.hidden = true; if (after) after.hidden = false; clearInterval(clock); return; }
    show.textContent = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
    seconds -= 1;
  };
  const clock = setInterval(tick, 1000);
  tick();
});
