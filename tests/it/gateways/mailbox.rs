//! A mailbox of bounces and letters that is read, over `tests/tools/dovecot.sh`.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

use chairside::messaging::MessageState;
use chairside::patients::Channel;
use chairside::platform::config::{Config, Secret};
use chairside::platform::mail::tag;

use super::{Server, folder, round, run, tool};
use crate::messaging::bounces::mail;
use crate::messaging::{Who, ZHANG, note, patient, put, stands};
use crate::support::{Clinic, Engine};

/// A mail server's delivery.
fn deliver(server: &Server, name: &str, raw: &str) {
    let file = server.dir.join("mail/tmp").join(name);
    std::fs::write(&file, raw).unwrap();
    // Who reads it is another user than who runs the tests.
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o666)).unwrap();
    std::fs::rename(&file, server.dir.join("mail/new").join(name)).unwrap();
}

fn files(folder: &Path) -> Vec<String> {
    let names = std::fs::read_dir(folder).unwrap();
    let mut names: Vec<String> = names.map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn bounces_are_read_from_a_mailbox_once() {
    run(async {
        let certs = folder("certs");
        assert!(Command::new(tool("certs.sh")).arg(&certs).status().unwrap().success());
        let dir = folder("dovecot");
        let mut command = Command::new(tool("dovecot.sh"));
        command.arg(&dir).arg(certs.join("cert.pem")).arg(certs.join("key.pem"));
        let server = Server::start(command, dir);
        let (port, ca) = (server.port(), certs.join("ca.pem").display().to_string());
        let reading = |password: &'static str| {
            let ca = ca.clone();
            move |c: &mut Config| {
                c.mail.bounce_to = "bounce@clinic.example".into();
                c.mail.ca_file = ca;
                c.mail.imap_host = "localhost".into();
                c.mail.imap_port = port;
                c.mail.imap_user = "bounce".into();
                c.mail.imap_password = Secret(password.into());
            }
        };
        let clinic = Clinic::start(Engine::Sqlite, reading("s3cret")).await;
        let who = Who {
            channel: Channel::Email,
            ..ZHANG
        };
        let zhang = patient(&clinic, who).await;
        let id = put(&clinic, note(&clinic, "a", zhang)).await;
        round(&clinic).await;
        let name = tag::make(&clinic.app.keys, id.0);
        deliver(
            &server,
            "1.large",
            &format!(
                "From: li@x.example\nSubject: photos\n\nMy tooth\n\n-- \n{}",
                "x".repeat(3 * 1024 * 1024)
            ),
        );
        deliver(&server, "2.bounce", &mail("postfix-unknown.eml", &name));
        deliver(&server, "3.holidays", &mail("vacation.eml", &name));

        // A wrong password reads nothing, and breaks nothing.
        let locked_out = Clinic::start(Engine::Sqlite, reading("wrong")).await;
        let ran = locked_out.app.scheduler().unwrap().run_due().await.unwrap();
        assert!(ran.contains(&"read-mailbox"), "{ran:?}");
        let outcome =
            |of: &str| format!("SELECT count(*) AS n FROM job_runs WHERE job = 'read-mailbox' AND outcome = '{of}'");
        assert_eq!(locked_out.count(&outcome("failed: internal")).await, 1);
        assert_eq!(
            files(&server.dir.join("mail/cur")).len() + files(&server.dir.join("mail/new")).len(),
            3
        );

        let mut scheduler = clinic.app.scheduler().unwrap();
        assert!(scheduler.run_due().await.unwrap().contains(&"read-mailbox"));
        assert_eq!(stands(&clinic, id).await, (MessageState::Failed, "bounced".into()));
        assert_eq!(clinic.count(&outcome("3 mails read")).await, 1);
        let letters = "SELECT count(*) AS n FROM inbound_texts WHERE body LIKE 'photos%My tooth' AND reading = 'words'";
        assert_eq!(clinic.count(letters).await, 1, "the beginning of a large one is read");
        let read = files(&server.dir.join("mail/cur"));
        assert!(
            read.len() == 3 && read.iter().all(|name| name.ends_with('S')),
            "{read:?}"
        );
        clinic.minutes_pass(5);
        scheduler.run_due().await.unwrap();
        assert_eq!(clinic.count(&outcome("0 mails read")).await, 1);
    });
}
