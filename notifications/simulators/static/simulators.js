// Keeps the page fresh and lets the person on the other side press buttons. Without it every link still works.
(() => {
  const EVERY = 1500;
  const devices = document.getElementById("devices");
  let version = document.body.dataset.version;
  let seen = sections(devices);

  function sections(root) {
    return new Map([...root.querySelectorAll("[data-device]")].map((part) => [part.id, part.innerHTML]));
  }

  // A device is replaced only when something in it changed: a half-written answer or an open letter stays.
  async function refresh() {
    const query = new URLSearchParams(location.search);
    query.set("part", "1");
    const answer = await fetch(`/?${query}`);
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").body;
    for (const part of fresh.querySelectorAll("[data-device]")) {
      if (seen.get(part.id) === part.innerHTML) continue;
      seen.set(part.id, part.innerHTML);
      const old = document.getElementById(part.id);
      const draft = old.querySelector("input[name=text]:not([type=hidden])")?.value;
      old.innerHTML = part.innerHTML;
      const field = old.querySelector("input[name=text]:not([type=hidden])");
      if (field && draft) field.value = draft;
    }
    dress();
  }

  async function look() {
    try {
      const answer = await (await fetch("/version")).json();
      document.body.classList.remove("lost");
      if (String(answer.version) === version) return;
      version = String(answer.version);
      await refresh();
    } catch {
      document.body.classList.add("lost");
    }
  }

  function dress() {
    for (const time of devices.querySelectorAll("time[datetime]")) {
      const moment = new Date(time.dateTime);
      time.textContent = moment.toLocaleTimeString(document.documentElement.lang, { hour: "2-digit", minute: "2-digit" });
      time.title = moment.toLocaleString(document.documentElement.lang);
    }
    for (const frame of devices.querySelectorAll("iframe")) {
      const fit = () => {
        const page = frame.contentDocument?.documentElement;
        if (page) frame.style.minHeight = `${page.scrollHeight}px`;
      };
      frame.addEventListener("load", fit);
      fit();
    }
  }

  async function post(path, body) {
    const headers = { "Content-Type": "application/json", "X-Simulators": "1" };
    const answer = await fetch(path, { method: "POST", headers, body: JSON.stringify(body) });
    return answer.ok ? answer.json() : {};
  }

  function toast(text) {
    const place = document.querySelector("#telegram .toast");
    if (!text || !place) return;
    place.textContent = text;
    place.hidden = false;
    setTimeout(() => { place.hidden = true; }, 4000);
  }

  function choose(link) {
    const query = new URLSearchParams(location.search);
    if (link.dataset.choose === "mail") { query.delete("letter"); query.delete("text"); }
    if (link.dataset.value) query.set(link.dataset.choose, link.dataset.value);
    else query.delete(link.dataset.choose);
    history.pushState(null, "", `?${query}`);
    return refresh();
  }

  document.addEventListener("click", async (event) => {
    const link = event.target.closest("a[data-choose]");
    if (link && !event.ctrlKey && !event.metaKey) {
      event.preventDefault();
      await choose(link);
      return;
    }
    const key = event.target.closest("[data-press]");
    if (!key) return;
    key.disabled = true;
    const { press, row, column } = key.dataset;
    const answer = await post("/telegram/press", { message: press, row, column });
    key.disabled = false;
    toast(answer.toast);
    await look();
  });

  document.addEventListener("submit", async (event) => {
    const form = event.target.closest("[data-write]");
    if (!form) return;
    event.preventDefault();
    const given = Object.fromEntries(new FormData(form));
    const pasted = /[?&]start=([\w-]+)/.exec(given.text);
    if (pasted) given.text = `/start ${pasted[1]}`;
    const answer = await post("/telegram/write", given);
    const query = new URLSearchParams(location.search);
    query.delete("start");
    if (answer.chat) query.set("chat", answer.chat);
    history.replaceState(null, "", `?${query}`);
    form.reset();
    await refresh();
  });

  addEventListener("popstate", refresh);
  dress();
  setInterval(look, EVERY);
})();
