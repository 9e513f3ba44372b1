// The time chosen in the booking panel is held for whoever fills in the form, so that no colleague is told it is free. The
// server ends a hold by itself; leaving the panel only ends it sooner.
(() => {
  const field = () => document.querySelector('#bookform input[name=hold]');
  const chair = () => document.querySelector('#f-chair')?.value ?? '';
  let held = null, wanted = null, underWay = null;
  const send = (url, values) => fetch(url, { method: 'POST', body: new URLSearchParams(values) });
  const release = () => { if (held) navigator.sendBeacon('/holds/release', new URLSearchParams({ hold: held.token })); held = null; };
  // One after the other: who chooses twice before the first answer would stand in their own way.
  document.addEventListener('chosen', e => {
    wanted = e.detail;
    const mine = underWay = (underWay ?? Promise.resolve()).then(choose).finally(() => { if (underWay === mine) underWay = null; });
  });
  /** Holds what is wanted by now. Whether the form may go: not when somebody was faster and other times are being offered. */
  async function choose() {
    const slot = wanted, form = document.querySelector('#bookform');
    if (!form) { release(); return true; }
    if (!slot || slot.dataset.at === undefined || held?.slot === slot.value + chair()) return true;
    const minutes = form.minutes.value, values = { slot: slot.value, service: form.service.value, minutes, chair: chair(), patient: form.patient.value, hold: held?.token || '' };
    const answer = await send('/holds', values).catch(() => null);
    if (!answer) return true;
    // Somebody was faster: other times are offered.
    if (answer.status === 409) { held = null; form.service.dispatchEvent(new Event('change', { bubbles: true })); return false; }
    if (!answer.ok) return true;
    held = { slot: slot.value + values.chair, token: await answer.text() };
    if (field()) field().value = held.token; else release();
    return true;
  }
  // Who is faster than the answer would be told that somebody is booking this time: they themselves.
  document.addEventListener('submit', e => {
    if (e.target.id !== 'bookform') return;
    if (!underWay) { held = null; return; }
    e.preventDefault();
    e.stopImmediatePropagation();
    const { target, submitter } = e;
    underWay.then(may => { if (may && target.isConnected) target.requestSubmit(submitter ?? undefined); });
  }, true);
  addEventListener('pagehide', release);
})();
