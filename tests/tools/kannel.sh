#!/usr/bin/env bash
# A real Kannel (Debian: kannel, kannel-extras) with a fake telephone network, for tests.
#
#   kannel.sh start DIR MO_URL   writes DIR/kannel.conf, starts bearerbox, smsbox and fakesmsc on free ports of
#                                127.0.0.1 and prints `ready SENDSMS_PORT MO_PORT` when all of them answer.
#                                Stays in the foreground: ends, and takes its daemons along, on SIGTERM, SIGKILL,
#                                `stop`, or when its parent ends. Logs: DIR/{bearerbox,smsbox,fakesmsc}.log
#   kannel.sh stop DIR           ends it and waits until it is gone
#   kannel.sh sent DIR           what the telephones have received, one JSON object a line: {from, to, text, parts}
#   kannel.sh mo DIR FROM TO TEXT  a telephone sends TEXT (as UCS-2); Kannel then calls MO_URL
#   kannel.sh phones DIR off|on  takes the network away (Kannel answers "3: Queued for later delivery") and back
#
# Send with POST http://127.0.0.1:SENDSMS_PORT/cgi-bin/sendsms, X-Kannel-Username: clinic, X-Kannel-Password: s3cret,
# Content-Type: text/plain; charset=UTF-8 (without it, and whatever X-Kannel-Charset says, Chinese arrives as Latin-1).
# Every message that reaches the network is reported as 8 (accepted) and 1 (delivered), in either order.
# MO_URL is called with GET ?from=&to=&text=&ts=&id= (own parameters if it has a `%`); text is UTF-8 thanks to mo-recode.
set -euo pipefail

fakesmsc=/usr/lib/kannel/test/fakesmsc
PATH=$PATH:/usr/sbin

usage() { sed -n '2,/^set/{/^#/s/^# \{0,1\}//p}' "$0" >&2; exit 2; }

free_ports() { # N ports that nobody listens on, below the range that outgoing connections take theirs from
  /usr/bin/python3 - "$1" <<'PY'
import random, socket, sys
found = []
while len(found) < int(sys.argv[1]):
    s = socket.socket()
    try:
        s.bind(("127.0.0.1", random.randrange(20000, 32000)))
        found.append(s)
    except OSError:
        pass
print(*(s.getsockname()[1] for s in found))
PY
}

configuration() { # ADMIN BOX SENDSMS NETWORK MO MO_URL
  local url=$6
  [[ $url == *%* ]] || url+='?from=%p&to=%P&text=%b&ts=%T&id=%I'
  cat <<CONF
group = core
admin-port = $1
admin-interface = 127.0.0.1
admin-password = adminpw
status-password = statuspw
smsbox-port = $2
smsbox-interface = 127.0.0.1
box-allow-ip = 127.0.0.1
dlr-storage = internal
store-type = file
store-location = $PWD/kannel.store
sms-resend-freq = 1
sms-resend-retry = 3

# Where messages go. With forced-smsc below, Kannel routes only to groups that name themselves in allowed-smsc-id.
group = smsc
smsc = fake
smsc-id = network
allowed-smsc-id = network
our-host = 127.0.0.1
port = $4
connect-allow-ip = 127.0.0.1

# Where telephones' own messages come in: one client at a time, one line a message (kannel.sh mo).
group = smsc
smsc = fake
smsc-id = inbound
allowed-smsc-id = inbound
our-host = 127.0.0.1
port = $5
connect-allow-ip = 127.0.0.1

# No smsbox-id: without an smsbox-route group inbound messages would wait for ever.
group = smsbox
bearerbox-host = 127.0.0.1
bearerbox-port = $2
sendsms-port = $3
sendsms-interface = 127.0.0.1
sendsms-url = "/cgi-bin/sendsms"
global-sender = 10690001
mo-recode = true
http-request-retry = 5
http-queue-delay = 1

group = sendsms-user
username = clinic
password = s3cret
max-messages = 10
concatenation = true
forced-smsc = network
user-allow-ip = 127.0.0.1

group = sms-service
keyword = default
catch-all = true
get-url = "$url"
max-messages = 0
omit-empty = true
CONF
}

listens() { (: <"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

online() { # bearerbox has its smsbox and the telephone network
  local status
  exec 3<>"/dev/tcp/127.0.0.1/$1" || return 1
  printf 'GET /status.txt?password=statuspw HTTP/1.0\r\n\r\n' >&3
  status=$(timeout 2 cat <&3) || true
  exec 3>&-
  [[ $status == *smsbox:* && $status =~ network\[network\][^$'\n']*\(online ]]
} 2>/dev/null

soon() { # asks again for up to ten seconds
  for _ in {1..100}; do
    "$@" && return
    sleep 0.1 >/dev/null 2>&1
  done
  return 1
}

daemon() { # NAME COMMAND... — dies with this script, even by SIGKILL
  local name=$1
  shift
  setpriv --pdeathsig KILL "$@" </dev/null >>"$name.log" 2>&1 &
  pid[$name]=$!
}

running() { [[ -n ${pid[$1]-} ]] && kill -0 "${pid[$1]}" 2>/dev/null; }

phones() { # keeps the fake network as DIR/phones-off wants it; -m 0: it takes messages and sends none
  if [[ -e phones-off ]]; then
    ! running fakesmsc || kill "${pid[fakesmsc]}"
  elif ! running fakesmsc; then
    daemon fakesmsc "$fakesmsc" -H 127.0.0.1 -r "$network" -m 0 '1 1 text never'
  fi
}

boot() { # on new ports; fails if somebody else took one of them in between
  read -r admin box sendsms network mo < <(free_ports 5)
  echo "$admin $mo" >ports
  configuration "$admin" "$box" "$sendsms" "$network" "$mo" "$1" >kannel.conf
  daemon bearerbox bearerbox kannel.conf
  soon listens "$box" && soon listens "$network" && running bearerbox || return 1
  daemon smsbox smsbox kannel.conf
  phones
  soon listens "$sendsms" && soon online "$admin" && running smsbox
}

shut_down() {
  kill "${pid[@]}" 2>/dev/null || true
  for _ in {1..30}; do
    running bearerbox || break
    sleep 0.1 >/dev/null 2>&1
  done
  kill -KILL "${pid[@]}" 2>/dev/null || true
  wait
}

start() { # MO_URL
  declare -gA pid=()
  local parent=$PPID now attempt
  rm -rf kannel.store* ./*.log phones-off
  echo $$ >supervisor.pid
  trap 'trap - EXIT; shut_down 2>/dev/null; rm -f supervisor.pid' EXIT
  trap 'exit 0' TERM INT HUP
  for attempt in 1 2 3 none; do
    [[ $attempt != none ]] || { echo "Kannel does not start: see $PWD/*.log" >&2; exit 1; }
    ! boot "$1" || break
    shut_down
  done
  echo "ready $sendsms $mo"
  while running bearerbox && running smsbox; do
    read -r _ _ _ now _ </proc/$$/stat
    [[ $now == "$parent" ]] || exit 0
    phones
    sleep 0.2 >/dev/null 2>&1 &
    wait $! || true
  done
  echo "a Kannel daemon has ended: see $PWD/*.log" >&2
  exit 1
}

stop() {
  local supervisor
  supervisor=$(cat supervisor.pid 2>/dev/null) || return 0
  kill "$supervisor" 2>/dev/null || return 0
  soon gone "$supervisor"
}
gone() { ! kill -0 "$1" 2>/dev/null; }

sent() { # puts the parts of a long text together again; a line feed in a 7-bit text splits a line of the log
  /usr/bin/python3 - fakesmsc.log <<'PY'
import json, re, sys
from urllib.parse import unquote_to_bytes

def plain(data):
    return unquote_to_bytes(data.replace("+", " "))

def decode(kind, raw):  # of a long text the log does not say which of the two it is in
    if kind != "ucs-2" and b"\0" not in raw:
        try:
            return raw.decode("utf-8")
        except UnicodeDecodeError:
            pass
    return raw.decode("utf-16-be", "replace")

lines = []
for line in open(sys.argv[1], encoding="utf-8", errors="replace"):
    if m := re.search(r"Got message \d+: <(.*)>$", line):
        if re.match(r"\S+ \+?\d+ (text|data|ucs-2|udh) ", m[1]) or not lines:
            lines.append(m[1])
        else:
            lines[-1] += "\n" + m[1]
messages, long = [], {}
for line in lines:
    sender, to, kind, data = line.split(" ", 3)
    reference = number = None
    if kind == "udh":
        header, kind, data = data.split(" ", 2)
        reference, _, number = plain(header)[3:6]
    if number in (None, 1):
        messages.append([sender, to, kind, b"", 0])
        long[to, reference] = messages[-1]
    message = long[to, reference]
    message[3] += data.encode() if kind == "text" else plain(data)
    message[4] += 1
for sender, to, kind, raw, parts in messages:
    text = decode(kind, raw)
    print(json.dumps({"from": sender, "to": to, "text": text, "parts": parts}, ensure_ascii=False))
PY
}

inbound() { # FROM TO TEXT
  local mo hex
  read -r _ mo <ports
  hex=$(printf %s "$3" | iconv -f UTF-8 -t UTF-16BE | od -An -v -tx1 | tr -d '\n' | tr ' ' %)
  printf '%s %s ucs2 %s\n' "$1" "$2" "$hex" >"/dev/tcp/127.0.0.1/$mo"
}

switch() { # off|on
  local admin
  read -r admin _ <ports
  if [[ $1 == off ]]; then
    touch phones-off
    soon offline "$admin"
  else
    rm -f phones-off
    soon online "$admin"
  fi
}
offline() { ! online "$1"; }

command=${1-} dir=${2-}
[[ -n $dir ]] || usage
mkdir -p "$dir"
cd "$dir"
case $command:$# in
  start:3) start "$3" ;;
  stop:2) stop ;;
  sent:2) sent ;;
  mo:5) inbound "$3" "$4" "$5" ;;
  phones:3) switch "$3" ;;
  *) usage ;;
esac
