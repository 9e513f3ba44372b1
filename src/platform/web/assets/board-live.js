// Keeps a board true while others work: a stream says that something has changed, and the board is fetched anew. Hidden tabs
// hold no connection (a browser has six for a host) and catch up when they are seen again. Without the stream everything
// works; the head says how old the board is.
(() => {
  const its = window.chairside.board; if (!its) return;
  const { main, get, busy, put } = its, light = document.querySelector('#live');
  const OLD_AFTER_MS = 3000, TRY_AGAIN_MS = 2000, MINUTE_MS = 60000;
  let stream = null, revision = main.dataset.rev, asOf = main.dataset.at, fetching = null, wanted = false, lost = null, retry = null;

  const show = on => {
    if (!light) return;
    light.hidden = false; light.classList.toggle('off', !on);
    light.textContent = on ? light.dataset.on : light.dataset.off + asOf;
  };

  // How many times can be filled: in the menu of whoever fills them.
  const freed = n => {
    if (n === undefined) return;
    for (const link of document.querySelectorAll('nav a[href="/waiting-list"]')) {
      const old = link.querySelector('.n');
      if (n === '0') old?.remove();
      else if (old) old.lastChild.textContent = n;
      else { const fresh = document.createElement('span'); fresh.className = 'n'; fresh.append(n); link.append(fresh); }
    }
  };

  // ---- the board itself: one request at a time; what changes meanwhile is asked for again
  const refresh = async () => {
    wanted = true; if (fetching || document.hidden) return;
    fetching = (async () => {
      while (wanted && !busy()) {
        wanted = false;
        const side = document.querySelector('#side.sheet') ? '' : '&side=1';
        const html = await get(`/day/board?board=${encodeURIComponent(main.dataset.board)}${side}`, { 'X-By-Itself': '1' }).catch(() => null);
        if (html === null) return;
        if (busy()) { wanted = true; break; }
        const fresh = new DOMParser().parseFromString(html, 'text/html').querySelector('#fresh'); if (!fresh) return;
        put(fresh); freed(fresh.dataset.freed); revision = fresh.dataset.rev; asOf = fresh.dataset.at;
      }
    })();
    await fetching.finally(() => { fetching = null; });
  };
  // What came while a card was in somebody's hand is shown when it is put down.
  for (const end of ['pointerup', 'keyup', 'close']) addEventListener(end, () => wanted && setTimeout(refresh, 50), true);

  // ---- the stream
  const end = () => { if (stream) stream.close(); stream = null; clearTimeout(retry); };
  const isLive = () => { clearTimeout(lost); lost = null; show(true); };
  const open = () => {
    end(); if (document.hidden) return;
    stream = new EventSource(`/events?board=${encodeURIComponent(main.dataset.board)}&since=${encodeURIComponent(revision)}`);
    stream.onopen = isLive;
    stream.onmessage = e => { if (e.data !== revision) refresh(); };
    stream.onerror = () => {
      lost ??= setTimeout(() => show(false), OLD_AFTER_MS);
      // Refused, not lost: whoever is signed out is led to the door by the board's own request.
      if (stream.readyState === EventSource.CLOSED) { end(); retry = setTimeout(() => { refresh(); open(); }, TRY_AGAIN_MS); }
    };
  };
  const leave = () => { end(); clearTimeout(lost); lost = null; };
  document.addEventListener('visibilitychange', () => { if (document.hidden) leave(); else { open(); refresh(); } });
  addEventListener('pagehide', leave);
  addEventListener('pageshow', e => { if (e.persisted) { open(); refresh(); } });
  // The clock moves on, too: who is late, who waits how long.
  setInterval(refresh, MINUTE_MS);
  open();

  // ---- picking out a state: the same board, drawn by the server, without leaving a panel; other days are picked alike
  const pickedEverywhere = show => {
    for (const a of document.querySelectorAll('.top a[href^="/day"], .top a[href^="/week"], .fab')) {
      const to = new URL(a.href); if (show) to.searchParams.set('show', show); else to.searchParams.delete('show');
      a.setAttribute('href', to.pathname + to.search);
    }
  };
  document.addEventListener('click', e => {
    const link = e.target.closest('.kpis a'); if (!link || e.ctrlKey || e.metaKey || e.shiftKey) return;
    e.preventDefault();
    const links = () => [...document.querySelectorAll('.kpis a')], nth = links().indexOf(link);
    main.dataset.board = link.getAttribute('href'); history.replaceState(null, '', main.dataset.board);
    pickedEverywhere(new URLSearchParams(link.search).get('show'));
    refresh().then(() => links()[nth]?.focus());
  });
})();
