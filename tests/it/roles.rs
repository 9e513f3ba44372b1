//! Who may open what: every route with its roles, checked against the running service. A new route gets a row here.

use chairside::staff::Role;
use reqwest::Method;

use crate::both;
use crate::support::Browser;

use Role::{Administrator as A, Doctor as D, FrontDesk as F, Manager as M, Nurse as N};

const ALL: &[Role] = &[A, F, N, D, M];
const ADMIN: &[Role] = &[A];
const MANAGERS: &[Role] = &[A, M];

const GET: &str = "GET";
const POST: &str = "POST";

/// Method, path (ids that need not exist: 404 is an answer for somebody who may), roles.
type Row = (&'static str, &'static str, &'static [Role]);

#[rustfmt::skip]
const ROUTES: &[Row] = &[
    // staff
    (GET,  "/settings/staff",                    ADMIN),
    (GET,  "/settings/staff/new",                ADMIN),
    (POST, "/settings/staff/new",                ADMIN),
    (GET,  "/settings/staff/1",                  ADMIN),
    (POST, "/settings/staff/999999",             ADMIN),
    (POST, "/settings/staff/999999/invite",      ADMIN),
    (GET,  "/settings/audit",                    MANAGERS),
    // clinic
    (GET,  "/settings",                          MANAGERS),
    (GET,  "/settings/site",                     ADMIN),
    (POST, "/settings/site",                     ADMIN),
    (GET,  "/settings/chairs",                   ADMIN),
    (POST, "/settings/chairs",                   ADMIN),
    (GET,  "/settings/chairs/1",                 ADMIN),
    (POST, "/settings/chairs/999999",            ADMIN),
    (POST, "/settings/chairs/999999/move",       ADMIN),
    (GET,  "/settings/providers",                ADMIN),
    (GET,  "/settings/providers/new",            ADMIN),
    (POST, "/settings/providers/new",            ADMIN),
    (GET,  "/settings/providers/1",              ADMIN),
    (POST, "/settings/providers/999999",         ADMIN),
    (POST, "/settings/providers/999999/hours",   ADMIN),
    (POST, "/settings/providers/999999/leave",   ADMIN),
    (POST, "/settings/providers/1/leave/999999/remove", ADMIN),
    (GET,  "/settings/services",                 ADMIN),
    (GET,  "/settings/services/new",             ADMIN),
    (POST, "/settings/services/new",             ADMIN),
    (GET,  "/settings/services/1",               ADMIN),
    (POST, "/settings/services/999999",          ADMIN),
    (GET,  "/settings/holidays",                 ADMIN),
    (POST, "/settings/holidays",                 ADMIN),
    (POST, "/settings/holidays/999999/remove",   ADMIN),
    (GET,  "/api/v1/site",                       ALL),
    (GET,  "/api/v1/chairs",                     ALL),
    (GET,  "/api/v1/providers",                  ALL),
    (GET,  "/api/v1/services",                   ALL),
    // Last: it ends the session.
    (POST, "/sign-out",                          ALL),
];

/// Reachable without an account.
const OPEN: &[&str] = &["/sign-in", "/health/live", "/health/ready", "/metrics"];

async fn status(browser: &Browser, method: &str, path: &str) -> (u16, String) {
    let method = Method::from_bytes(method.as_bytes()).unwrap();
    let url = format!("{}{path}", browser.base);
    let mut request = browser.client.request(method.clone(), url);
    request = match &browser.bearer {
        Some(token) => request.bearer_auth(token),
        None => request.header("Sec-Fetch-Site", "same-origin"),
    };
    if method != Method::GET {
        request = if path.starts_with("/api/") {
            request.json(&serde_json::json!({}))
        } else {
            request.form(&[("nothing", "")])
        };
    }
    let answer = request.send().await.unwrap();
    let location = answer.headers().get("location").map(|l| l.to_str().unwrap().to_owned());
    (answer.status().as_u16(), location.unwrap_or_default())
}

both!(nothing_opens_without_an_account, |clinic| {
    let visitor = clinic.visitor();
    for (method, path, _) in ROUTES {
        let (code, location) = status(&visitor, method, path).await;
        if path.starts_with("/api/") {
            assert_eq!(code, 401, "{method} {path}");
        } else {
            assert_eq!(code, 303, "{method} {path}");
            assert!(location.starts_with("/sign-in"), "{method} {path} -> {location}");
        }
    }
    for path in OPEN {
        assert_eq!(status(&visitor, GET, path).await.0, 200, "{path}");
    }
});

both!(each_role_opens_its_own_routes_and_no_more, |clinic| {
    for role in ALL {
        let login = ["admin", "desk", "nurse", "doctor", "manager"][ALL.iter().position(|r| r == role).unwrap()];
        let (page, api) = (clinic.signed_in(login).await, clinic.api(*role).await);
        for (method, path, allowed) in ROUTES {
            let browser = if path.starts_with("/api/") { &api } else { &page };
            let (code, location) = status(browser, method, path).await;
            if !allowed.contains(role) {
                assert_eq!(code, 403, "{role} {method} {path}");
            } else if *path != "/sign-out" {
                assert!(
                    code != 401 && code != 403 && code != 405 && code < 500 && !location.starts_with("/sign-in"),
                    "{role} {method} {path}: {code} {location}"
                );
            }
        }
    }
});

both!(a_path_nobody_declared_is_not_there, |clinic| {
    let admin = clinic.signed_in("admin").await;
    assert_eq!(status(&admin, GET, "/settings/nothing").await.0, 404);
    assert_eq!(status(&admin, POST, "/settings/audit").await.0, 405);
});
