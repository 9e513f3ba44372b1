// Parts of a page that are asked for again every few seconds: `data-fresh` says where, `data-seconds` how often. What somebody is
// working in is left alone, and nothing is asked while nobody can see it.
(() => {
  const away = new Set(JSON.parse(localStorage.getItem('news-away') || '[]'));
  // News that was put away stays away.
  const shown = part => part.querySelectorAll('[data-news]').forEach(n => {
    if (away.has(n.dataset.news)) return n.remove();
    n.querySelector('button').addEventListener('click', () => { away.add(n.dataset.news); localStorage.setItem('news-away', JSON.stringify([...away].slice(-50))); n.remove(); });
  });
  const inUse = part => part.querySelector('details[open]') || (part.contains(document.activeElement) && /^(INPUT|SELECT|TEXTAREA)$/.test(document.activeElement.tagName));
  const last = new WeakMap();
  const fetched = async part => {
    if (document.hidden || inUse(part)) return;
    const answer = await fetch(part.dataset.fresh, { headers: { 'HX-Request': 'true', 'X-By-Itself': '1' } });
    if (answer.redirected || answer.status === 401) return location.reload(); // signed out meanwhile
    if (!answer.ok) return;
    const html = await answer.text();
    if (html === last.get(part) || inUse(part)) return;
    const at = part.contains(document.activeElement) ? document.activeElement.id : '';
    last.set(part, html); part.innerHTML = html; shown(part);
    if (at) document.getElementById(at)?.focus({ preventScroll: true });
  };
  for (const part of document.querySelectorAll('[data-fresh]')) {
    last.set(part, null); shown(part);
    setInterval(() => fetched(part).catch(() => {}), part.dataset.seconds * 1000);
    document.addEventListener('visibilitychange', () => fetched(part).catch(() => {}));
  }
})();
