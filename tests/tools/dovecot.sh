#!/usr/bin/env bash
# A real IMAP server with one mailbox, for tests (Debian: dovecot-imapd).
#
#   dovecot.sh DIR CERT KEY   starts it on a free port of 127.0.0.1, with TLS from the first byte, and prints `ready PORT`.
#                             Any user signs in with the password s3cret and has the one mailbox, DIR/mail (a maildir: a mail
#                             is a file put into DIR/mail/new; read, it is in DIR/mail/cur with an S at the end of its name).
#                             Stays in the foreground; ends on SIGTERM and when its parent ends. Log: DIR/dovecot.log
set -euo pipefail
(($# == 3)) || { sed -n '2,/^set/{/^#/s/^# \{0,1\}//p}' "$0" >&2; exit 2; }
PATH=$PATH:/usr/sbin
mkdir -p "$1/mail"/{cur,new,tmp}
dir=$(cd "$1" && pwd) cert=$2 key=$3 parent=$PPID

# Sockets have short names only.
run=$(mktemp -d /tmp/dovecot.XXXXXX)
me=$(id -un) group=$(id -gn)
login=$me owner=$me
if ((EUID == 0)); then # who reads mail must not be root
  login=dovenull owner=nobody
  chmod 755 "$run"
fi

configuration() { # PORT
  cat <<CONF
protocols = imap
listen = 127.0.0.1
base_dir = $run
log_path = $dir/dovecot.log
default_internal_user = $([[ $login == "$me" ]] && echo "$me" || echo dovecot)
default_internal_group = $([[ $login == "$me" ]] && echo "$group" || echo dovecot)
default_login_user = $login
first_valid_uid = 1
ssl = required
ssl_cert = <$cert
ssl_key = <$key
mail_location = maildir:$run/mail
passdb {
  driver = static
  args = password=s3cret
}
userdb {
  driver = static
  args = uid=$(id -u "$owner") gid=$(id -g "$owner") home=$run
}
service imap-login {
  chroot =
  inet_listener imap {
    port = 0
  }
  inet_listener imaps {
    port = $1
    ssl = yes
  }
}
service anvil {
  chroot =
}
service stats {
  chroot =
}
CONF
}

free_port() {
  /usr/bin/python3 -c 'import random, socket
while True:
    s = socket.socket()
    try: s.bind(("127.0.0.1", random.randrange(20000, 32000)))
    except OSError: continue
    print(s.getsockname()[1]); break'
}

daemon=''
clean_up() {
  if [[ -n $daemon ]]; then
    kill "$daemon" 2>/dev/null || true
    wait "$daemon" 2>/dev/null || true
  fi
  rm -rf "$run"
}
trap clean_up EXIT
trap 'exit 143' TERM INT HUP

mkdir -p "$run/mail"
rmdir "$dir/mail/cur" "$dir/mail/new" "$dir/mail/tmp" "$dir/mail"
mkdir -p "$run/mail"/{cur,new,tmp}
((EUID != 0)) || chown -R "$owner" "$run/mail"
chmod -R a+rwX "$run/mail"
ln -s "$run/mail" "$dir/mail"
port=$(free_port)
configuration "$port" >"$dir/dovecot.conf"
# It ends with this script, even by SIGKILL.
setpriv --pdeathsig TERM dovecot -F -c "$dir/dovecot.conf" 2>>"$dir/dovecot.log" &
daemon=$!
for _ in {1..100}; do
  kill -0 "$daemon" 2>/dev/null || { cat "$dir/dovecot.log" >&2; exit 1; }
  (: <"/dev/tcp/127.0.0.1/$port") 2>/dev/null && break
  sleep 0.1
done
echo "ready $port"
while kill -0 "$daemon" 2>/dev/null && [[ -d /proc/$parent ]]; do
  sleep 0.5 &
  wait $! || true
done
