// The tablet at the door: an answer makes place for the next patient when nobody touches it for a while.
(() => {
  const ms = document.currentScript.dataset.seconds * 1000;
  let timer;
  const wait = () => { clearTimeout(timer); timer = setTimeout(() => location.replace(location.pathname), ms); };
  for (const sign of ['pointerdown', 'keydown', 'scroll']) addEventListener(sign, wait, { passive: true });
  wait();
})();
