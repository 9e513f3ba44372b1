//! What is never logged, of the work of a day: notes, tokens, bodies of the API, messages.

use std::io::Write;
use std::sync::{Arc, Mutex};

use chairside::callbacks::{self, NewTask, TaskKind};
use chairside::platform::i18n::Text;
use chairside::staff::Role;
use serde_json::json;

use crate::messaging::{Who, ZHANG, get, note, patient, put};
use crate::support::{Clinic, Engine};

/// The log of this process.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend(bytes);
        Ok(bytes.len())
    }
    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[test]
fn nothing_of_a_days_work_is_logged() {
    let log = Log::default();
    let writer = log.clone();
    tracing_subscriber::fmt()
        .with_env_filter("debug")
        .with_ansi(false)
        .with_writer(move || writer.clone())
        .try_init()
        .unwrap();
    actix_web::rt::System::new().block_on(async {
        let clinic = Clinic::start(Engine::Sqlite, |_| {}).await;
        let secrets = a_day(&clinic).await;
        let text = String::from_utf8_lossy(&log.0.lock().unwrap()).into_owned();
        for there in ["/api/v1/visits/{id}", "/callbacks/{id}/attempts", "/api/v1/patients"] {
            assert!(text.contains(there), "the log is there, with {there}");
        }
        for secret in secrets {
            let line = text.lines().find(|l| l.contains(&secret));
            assert!(line.is_none(), "{secret}: {line:?}");
        }
    });
}

/// Does it all, and tells what is not to be found.
async fn a_day(clinic: &Clinic) -> Vec<String> {
    let (desk, doctor) = (clinic.api(Role::FrontDesk).await, clinic.api(Role::Doctor).await);
    let body =
        json!({ "name": "金丝雀", "phone": "13912345678", "note": "canary-api", "email": "canary@clinic.example" });
    let (status, made) = desk.post_json("/api/v1/patients", &body).await;
    assert_eq!(status, 201, "{made}");
    let wrong = json!({ "name": "金丝雀", "phone": "canary-phone", "canary-field": 1 });
    assert_eq!(desk.post_json("/api/v1/patients", &wrong).await.0, 422);
    let mut unknown = clinic.visitor();
    unknown.bearer = Some("canary-token".into());
    assert_eq!(unknown.get_json("/api/v1/patients").await.0, 401);
    // A visit's notes, over the API and by the form.
    let who = crate::records::new_patient(clinic, "黄雀", 77).await;
    let visit = crate::records::begun(clinic, who, "filling").await;
    let notes = json!({ "version": 1, "complaint": "canary-complaint", "diagnosis": "canary-diagnosis" });
    let (status, said) = doctor.patch_json(&format!("/api/v1/visits/{visit}"), &notes).await;
    assert_eq!(status, 200, "{said}");
    let version = said["version"].to_string();
    let form = [
        ("version", version.as_str()),
        ("complaint", "canary-form"),
        ("advice", "canary-advice"),
    ];
    let person = clinic.signed_in("doctor").await;
    let saved = person.post_form(&format!("/visits/{visit}/edit"), &form).await;
    assert_eq!(saved.status(), 303);
    // What a nurse notes of a call.
    let now = clinic.now();
    let task = clinic
        .sql(move |c| {
            let new = NewTask {
                occurrence: "test:quiet".into(),
                kind: TaskKind::FollowUp,
                patient: who,
                visit: None,
                appointment: None,
                parent: None,
                script: "extraction".into(),
                role: Role::Nurse,
                reason: Text::new("拔牙", "Extraction"),
                priority: callbacks::PRIORITY_HIGH,
                due_at: now,
            };
            Ok(callbacks::create_task(c, now, &new)?.unwrap())
        })
        .await;
    let call = [("version", "1"), ("result", "reached"), ("note", "canary-call")];
    let nurse = clinic.signed_in("nurse").await;
    let logged = nurse.post_form(&format!("/callbacks/{task}/attempts"), &call).await;
    assert_eq!(logged.status(), 303);
    // A message goes out.
    let to = Who {
        name: "白雀",
        phone: Some("+8613912345699"),
        ..ZHANG
    };
    let to = patient(clinic, to).await;
    let message = put(clinic, note(clinic, "quiet", to)).await;
    clinic.app.dispatcher().dispatch().await.unwrap();
    let words = get(clinic, message).await.body.expect("it was written and sent");
    assert!(words.chars().count() > 12, "{words}");
    let start: String = words.chars().skip(2).take(10).collect();
    let mut secrets: Vec<String> = [
        "canary",
        "金丝雀",
        "黄雀",
        "白雀",
        "13912345678",
        "13912345699",
        "1390000077",
    ]
    .map(String::from)
    .into();
    secrets.extend([desk.bearer.unwrap(), doctor.bearer.unwrap(), start]);
    secrets
}
