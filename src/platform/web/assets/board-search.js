// The quickest ways to see somebody in: a search whose one answer stands on this board ends on its card, where A, S and D
// act; and a click on a card's sign takes its next step.
(() => {
  const its = window.chairside.board, box = document.querySelector('#s'); if (!its || !box) return;
  const { get, focus, step, movable } = its;

  // What is found when Enter is pressed is asked for anew: the list under the box may still be of what was typed before.
  const lookUp = async () => {
    const html = await get(`/patients/pick?${new URLSearchParams({ q: box.value })}`).catch(() => null);
    const found = [...new DOMParser().parseFromString(html ?? '', 'text/html').querySelectorAll('a.who')];
    const ids = found.map(a => /^\/patients\/(\d+)$/.exec(a.getAttribute('href'))?.[1]).filter(Boolean);
    if (ids.length !== 1) return box.form.submit();
    const here = document.querySelector(`.appt[data-p="${ids[0]}"]:not(.ns)`);
    if (!here) { location.href = `/patients/${ids[0]}`; return; }
    window.chairside.closeFound(); box.value = ''; focus(here);
  };
  box.addEventListener('keydown', e => {
    if (e.key !== 'Enter' || e.shiftKey || e.isComposing || !box.value.trim()) return;
    e.preventDefault(); e.stopImmediatePropagation(); lookUp();
  });

  // For a mouse only: a finger is wider than the sign.
  const NEXT = { booked: 'arrive', confirmed: 'arrive', arrived: 'seat', 'in-chair': 'finish' };
  document.querySelector('.grid').addEventListener('click', e => {
    const sign = e.target.closest('.st'), card = sign?.closest('.appt'), action = card && NEXT[card.dataset.state];
    if (!action || e.pointerType !== 'mouse' || !movable()) return;
    e.preventDefault(); e.stopPropagation(); step(card, action);
  }, true);
})();
