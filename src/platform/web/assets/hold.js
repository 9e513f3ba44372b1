// The time chosen in the booking panel is held for whoever fills in the form, so that no colleague is told it is free. The
// server ends a hold by itself; leaving the panel only ends it sooner.
(() => {
  const field = () => document.querySelector('#bookform input[name=hold]');
  let held = null, asked = 0;
  const send = (url, values) => fetch(url, { method: 'POST', body: new URLSearchParams(values) });
  const release = () => { if (held) navigator.sendBeacon('/holds/release', new URLSearchParams({ hold: held.token })); held = null; };
  document.addEventListener('chosen', async e => {
    const slot = e.detail, form = document.querySelector('#bookform');
    if (!form) return release();
    if (!slot || slot.dataset.at === undefined || held?.slot === slot.value) return;
    const mine = ++asked, minutes = form.minutes.value, values = { slot: slot.value, service: form.service.value, minutes, patient: form.patient.value, hold: held?.token || '' };
    const answer = await send('/holds', values).catch(() => null);
    if (mine !== asked || !answer) return;
    // Somebody was faster: other times are offered.
    if (answer.status === 409) { held = null; form.service.dispatchEvent(new Event('change', { bubbles: true })); return; }
    if (!answer.ok) return;
    held = { slot: slot.value, token: await answer.text() };
    if (field()) field().value = held.token; else release();
  });
  document.addEventListener('submit', e => { if (e.target.id === 'bookform') held = null; });
  addEventListener('pagehide', release);
})();
