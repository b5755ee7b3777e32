// Upload: choose many, fill in a row each (or all at once), send them two at a time with real progress; every row ends in a final word.
const page = document.querySelector("[data-upload]");
if (page) {
  const $ = (name, root = page) => root.querySelector(`[data-${name}]`);
  const limits = JSON.parse(document.getElementById("limits")?.textContent ?? "{}");
  const picker = page.querySelector("input[type=file]");
  const rows = $("rows");
  const startButton = $("start");
  const summary = $("summary");
  const files = new Map();
  let sending = false;

  const plural = (forms, count) => forms[new Intl.PluralRules(document.documentElement.lang).select(count)] ?? forms.other;
  const words = (element, key, count) => plural(JSON.parse(element.dataset[key]), count).replace("%d", count);
  const size = (bytes) => {
    const [amount, unit] = bytes >= 1e6 ? [bytes / 1048576, "mb"] : [bytes / 1024, "kb"];
    return `${amount.toLocaleString(document.documentElement.lang, { maximumFractionDigits: amount < 10 ? 1 : 0 })}\u00a0${rows.dataset[unit]}`;
  };
  const waiting = () => [...rows.children].filter((row) => files.has(row) && !row.dataset.state);
  const trouble = (row) => {
    const rule = limits[row.querySelector("[name=type]").value];
    const file = files.get(row);
    if (!file.size) return rows.dataset.empty;
    if (!rule) return "";
    if (file.size > rule.max_bytes) return rows.dataset.tooBig.replace("%size", size(file.size)).replace("%max", size(rule.max_bytes));
    const ending = `.${file.name.split(".").pop().toLowerCase()}`;
    return rule.accept && !rule.accept.split(",").includes(ending) ? rows.dataset.wrongKind.replace("%formats", rule.formats) : "";
  };
  const demand = (row) => {
    const wanted = limits[row.querySelector("[name=type]").value]?.required ?? [];
    for (const name of ["number", "client", "due", "purpose"]) {
      const field = row.querySelector(`[name=${name}]`);
      field.required = wanted.includes(name);
      const optional = field.labels[0]?.querySelector(".hint");
      if (optional) optional.hidden = field.required;
    }
  };
  const refresh = () => {
    const all = waiting();
    all.forEach(demand);
    const blocked = all.filter((row) => {
      const text = trouble(row);
      $("problem", row).textContent = text;
      $("problem", row).parentElement.hidden = !text;
      return text;
    });
    const count = all.length - blocked.length;
    startButton.textContent = words(startButton, "words", count);
    startButton.disabled = sending || !count;
    startButton.hidden = !sending && !count && [...rows.children].some((row) => row.dataset.state);
    $("bar").hidden = !rows.children.length;
    $("together").hidden = all.length < 2;
    summary.textContent = blocked.length ? words(summary, "words", blocked.length) : "";
  };
  // A file that was taken may still turn out unreadable, and then its row says so.
  const tally = () => {
    const sent = [...rows.children].filter((row) => row.dataset.state);
    const refused = sent.filter((row) => row.dataset.state === "refused" || row.querySelector("[data-outcome] .note.red")).length;
    const taken = sent.length - refused;
    $("total").textContent = [taken ? words($("total"), "words", taken) : "", refused ? words($("total"), "refused", refused) : ""].filter(Boolean).join(" ");
  };
  const add = (list) => {
    for (const file of list) {
      const row = $("template").content.firstElementChild.cloneNode(true);
      const number = files.size + 1;
      row.querySelectorAll("[id]").forEach((element) => { element.id += `-${number}`; });
      row.querySelectorAll("[for]").forEach((element) => { element.htmlFor += `-${number}`; });
      row.querySelectorAll("[aria-describedby]").forEach((element) => element.setAttribute("aria-describedby", element.getAttribute("aria-describedby").replace(/\S+/g, `$&-${number}`)));
      $("name", row).textContent = file.name;
      $("size", row).textContent = size(file.size);
      row.querySelector("[name=title]").value = file.name.replace(/\.[^.]+$/, "").replace(/[_-]+/g, " ").trim();
      files.set(row, file);
      rows[trouble(row) ? "prepend" : "append"](row);
    }
    refresh();
  };

  picker.addEventListener("change", () => { add(picker.files); picker.value = ""; });
  const drag = (on) => (event) => { if (event.dataTransfer?.types.includes("Files")) { event.preventDefault(); document.body.classList.toggle("dragging", on); } };
  addEventListener("dragover", drag(true));
  addEventListener("dragleave", (event) => { if (!event.relatedTarget) document.body.classList.remove("dragging"); });
  addEventListener("drop", (event) => { drag(false)(event); add(event.dataTransfer?.files ?? []); });
  // Whoever corrects a refused row means to send it again.
  rows.addEventListener("input", (event) => {
    const row = event.target.closest("[data-row]");
    if (row.dataset.state === "refused") delete row.dataset.state;
    refresh();
  });
  rows.addEventListener("click", (event) => {
    const row = event.target.closest("[data-row]");
    if (event.target.closest("[data-remove]")) { files.delete(row); row.remove(); refresh(); tally(); }
    if (event.target.closest("[data-retry]")) { restore(row); send(row).then(refresh).then(tally); }
    const version = event.target.closest("[data-version-of]");
    if (version) send(row, version.dataset.versionOf).then(refresh).then(tally);
  });
  $("apply").addEventListener("click", () => {
    for (const field of $("together").querySelectorAll("select, input")) {
      if (field.value) waiting().forEach((row) => { row.querySelector(`[name=${field.name.replace("all-", "")}]`).value = field.value; });
    }
    refresh();
  });

  const restore = (row) => {
    delete row.dataset.state;
    $("outcome", row).replaceChildren();
    $("fields", row).hidden = false;
  };
  // Resolves in any case: with the server's own row, or with a sentence and a button to try again.
  // With the id of a document the file becomes its new version.
  const send = (row, versionOf = "") => new Promise((done) => {
    const body = new FormData();
    body.append("file", files.get(row));
    if (versionOf) body.append("version_of", versionOf);
    row.querySelectorAll("[name]").forEach((field) => body.append(field.name, field.value));
    const request = new XMLHttpRequest();
    const bar = $("progress", row);
    row.dataset.state = "sending";
    $("outcome", row).replaceChildren();
    bar.hidden = false;
    $("fields", row).hidden = true;
    $("remove", row).hidden = true;
    $("stage", row).textContent = rows.dataset.uploading;
    request.upload.addEventListener("progress", (event) => { if (event.lengthComputable) { bar.max = event.total; bar.value = event.loaded; } });
    request.upload.addEventListener("load", () => { $("stage", row).textContent = rows.dataset.checking; bar.removeAttribute("value"); });
    const settle = (good) => {
      bar.hidden = true;
      $("stage", row).textContent = "";
      row.dataset.state = good ? "done" : "refused";
      if (!good) { $("fields", row).hidden = request.status === 409; $("remove", row).hidden = false; }
      done();
    };
    request.addEventListener("load", () => {
      const outcome = $("outcome", row);
      if (request.getResponseHeader("Content-Type")?.startsWith("text/html") && request.status < 500) {
        outcome.innerHTML = request.responseText;
        window.htmx?.process(outcome);
      } else outcome.replaceChildren($("broken").content.cloneNode(true));
      settle(request.status < 300);
    });
    for (const name of ["error", "abort", "timeout"]) request.addEventListener(name, () => { $("outcome", row).replaceChildren($("broken").content.cloneNode(true)); settle(false); });
    request.open("POST", page.action);
    request.setRequestHeader("HX-Request", "true");
    request.setRequestHeader("X-CSRFToken", document.querySelector("meta[name=csrf-token]").content);
    request.send(body);
  });

  page.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (sending) return;
    const queue = waiting().filter((row) => !trouble(row));
    const missing = queue.flatMap((row) => [...row.querySelectorAll(":invalid")]).at(0);
    if (missing) { missing.reportValidity(); return; }
    sending = true;
    refresh();
    const work = async () => { while (queue.length) await send(queue.shift()); };
    await Promise.all([work(), work()]);
    sending = false;
    refresh();
    tally();
  });
  rows.addEventListener("htmx:afterSettle", tally);
  addEventListener("beforeunload", (event) => { if (sending) event.preventDefault(); });
  refresh();
}
