// The page works without this script: it copies commands, and takes over newer
// results without a reload. Nothing is asked of anybody but the probe itself.
"use strict";

const every = 5000; // milliseconds

// What is taken over from a newer page, by id.
const parts = ["headline", "vantage", "read", "picture", "findings", "paths"];

function buttons(root) {
  for (const b of root.querySelectorAll("button.copy")) b.hidden = false;
}

async function copy(button) {
  const pre = button.parentElement.querySelector("pre");
  const text = pre.textContent.trim();
  try {
    await navigator.clipboard.writeText(text);
  } catch { // not on a secure origin: select it, and copy as of old
    getSelection().selectAllChildren(pre);
    document.execCommand("copy");
  }
  button.textContent = "Copied";
  setTimeout(() => { button.textContent = "Copy"; }, 2000);
}

// open makes a path's details visible that the address names.
function open() {
  const target = location.hash.length > 1 && document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (target && target.tagName === "DETAILS") target.open = true;
}

// take replaces the parts that differ, and keeps open what is open, and the focus.
function take(text) {
  const newer = new DOMParser().parseFromString(text, "text/html");
  for (const id of parts) {
    const mine = document.getElementById(id), theirs = newer.getElementById(id);
    if (!mine || !theirs) continue;
    for (const d of mine.querySelectorAll("details[open]")) {
      const same = d.id && newer.getElementById(d.id);
      if (same) same.open = true;
    }
    buttons(theirs);
    if (id === "read") theirs.querySelector("#live").textContent = "Updates by itself.";
    if (mine.isEqualNode(theirs)) continue;
    const focus = mine.contains(document.activeElement) && path(mine, document.activeElement);
    const scrolled = [...mine.querySelectorAll(".scroll")].map((e) => e.scrollLeft);
    mine.className = theirs.className;
    mine.replaceChildren(...theirs.childNodes);
    mine.querySelectorAll(".scroll").forEach((e, i) => { e.scrollLeft = scrolled[i] || 0; });
    if (focus) follow(mine, focus)?.focus({ preventScroll: true });
  }
  document.title = newer.title;
}

// path is where an element stands below another: the nearest id, and its place
// among its siblings from there.
function path(root, e) {
  const steps = [];
  for (; e !== root && !e.id; e = e.parentElement) steps.unshift([...e.parentElement.children].indexOf(e));
  return { id: e === root ? "" : e.id, steps };
}

function follow(root, { id, steps }) {
  let e = id ? document.getElementById(id) : root;
  for (const i of steps) e = e?.children[i];
  return e;
}

async function refresh() {
  const live = () => document.getElementById("live");
  try {
    const answer = await fetch("/", { cache: "no-store" });
    if (!answer.ok) throw new Error(answer.status);
    take(await answer.text());
  } catch {
    live().textContent = "The probe does not answer: what stands here is old.";
  }
}

document.addEventListener("click", (e) => {
  if (e.target.matches("button.copy")) copy(e.target);
});
window.addEventListener("hashchange", open);
buttons(document);
open();
if (document.getElementById("live")) {
  document.getElementById("live").textContent = "Updates by itself.";
  setInterval(() => { if (!document.hidden) refresh(); }, every);
}
