//! A double of the vendors' services: it checks each call's signature by its own reading of the published rules, and answers
//! what was recorded.

use std::collections::{BTreeMap, VecDeque};
use std::net::TcpListener;
use std::sync::{Arc, Mutex};

use actix_web::{App, HttpRequest, HttpResponse, HttpServer, web};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::digest::KeyInit;
use hmac::{Hmac, Mac};
use serde_json::{Value, json};
use sha1::Sha1;
use sha2::{Digest, Sha256};

pub const ACCOUNT: &str = "AC00000000000000000000000000000001";
pub const TOKEN: &str = "authtoken";
pub const ALIYUN: (&str, &str) = ("testid", "testsecret");
pub const TENCENT: (&str, &str) = ("AKIDtest", "SECRETtest");

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Vendor {
    Twilio,
    Aliyun,
    Tencent,
    /// Knows no signature.
    Plain,
}

/// A call that was rightly signed.
#[derive(Clone, Debug)]
pub struct Got {
    pub path: String,
    pub query: BTreeMap<String, String>,
    pub headers: BTreeMap<String, String>,
    pub body: String,
}

impl Got {
    pub fn form(&self) -> BTreeMap<String, String> {
        pairs(&self.body).into_iter().collect()
    }
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }
}

pub struct Double {
    pub base: String,
    vendor: Vendor,
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    got: Mutex<Vec<Got>>,
    answers: Mutex<VecDeque<(u16, String)>>,
}

fn pairs(text: &str) -> Vec<(String, String)> {
    form_urlencoded::parse(text.as_bytes()).into_owned().collect()
}

impl Double {
    pub fn start(vendor: Vendor) -> Double {
        let socket = TcpListener::bind("127.0.0.1:0").unwrap();
        let base = format!("http://{}", socket.local_addr().unwrap());
        let shared = Arc::new(Shared::default());
        let data = web::Data::from(Arc::clone(&shared));
        let server = HttpServer::new(move || {
            let serve = move |req: HttpRequest, body: web::Bytes, shared: web::Data<Shared>| async move {
                answer(vendor, &req, &body, &shared)
            };
            App::new().app_data(data.clone()).default_service(web::to(serve))
        });
        let server = server.workers(1).disable_signals().listen(socket).unwrap();
        actix_web::rt::spawn(server.run());
        Double { base, vendor, shared }
    }

    /// What it answers to the next call that is rightly signed and has no answer yet; then it goes on taking everything.
    pub fn answers(&self, status: u16, body: impl ToString) {
        self.shared
            .answers
            .lock()
            .unwrap()
            .push_back((status, body.to_string()));
    }
    pub fn got(&self) -> Vec<Got> {
        self.shared.got.lock().unwrap().clone()
    }
    pub fn count(&self) -> usize {
        self.got().len()
    }
    /// An answer as the vendor words it, for a text that has the code.
    pub fn refuses(&self, code: &str, message: &str) {
        match self.vendor {
            Vendor::Twilio => {
                let number: u32 = code.parse().unwrap();
                let status = if number == 20003 { 401 } else { 400 };
                self.answers(status, json!({"code": number, "message": message, "status": status}));
            }
            Vendor::Aliyun => self.answers(200, json!({"Code": code, "Message": message, "RequestId": "R"})),
            Vendor::Tencent => self.answers(
                200,
                json!({"Response": {"SendStatusSet": [{"SerialNo": "", "Code": code, "Message": message}], "RequestId": "R"}}),
            ),
            Vendor::Plain => self.answers(200, json!({"code": code, "msg": message})),
        }
    }
}

fn answer(vendor: Vendor, req: &HttpRequest, body: &[u8], shared: &Shared) -> HttpResponse {
    let headers: BTreeMap<String, String> = req
        .headers()
        .iter()
        .map(|(n, v)| (n.as_str().to_owned(), v.to_str().unwrap_or_default().to_owned()))
        .collect();
    let right = match vendor {
        Vendor::Twilio => {
            let basic = STANDARD.encode(format!("{ACCOUNT}:{TOKEN}"));
            headers.get("authorization") == Some(&format!("Basic {basic}"))
        }
        Vendor::Aliyun => headers.get("authorization") == Some(&acs3(req, &headers, body)),
        Vendor::Tencent => headers.get("authorization") == Some(&tc3(&headers, body)),
        Vendor::Plain => true,
    };
    let respond = |status: u16, body: String| {
        HttpResponse::build(actix_web::http::StatusCode::from_u16(status).unwrap())
            .content_type("application/json")
            .body(body)
    };
    if !right {
        return match vendor {
            Vendor::Twilio => respond(401, json!({"code": 20003, "message": "Authenticate"}).to_string()),
            Vendor::Aliyun => respond(
                400,
                json!({"Code": "SignatureDoesNotMatch", "Message": "?"}).to_string(),
            ),
            _ => respond(
                200,
                json!({"Response": {"Error": {"Code": "AuthFailure.SignatureFailure", "Message": "?"}}}).to_string(),
            ),
        };
    }
    let number = {
        let mut got = shared.got.lock().unwrap();
        got.push(Got {
            path: req.path().to_owned(),
            query: pairs(req.query_string()).into_iter().collect(),
            headers,
            body: String::from_utf8_lossy(body).into_owned(),
        });
        got.len()
    };
    if let Some((status, body)) = shared.answers.lock().unwrap().pop_front() {
        return respond(status, body);
    }
    match vendor {
        Vendor::Twilio => respond(
            201,
            json!({"sid": format!("SM{number}"), "status": "queued", "num_segments": "1", "error_code": null})
                .to_string(),
        ),
        Vendor::Aliyun => respond(
            200,
            json!({"Code": "OK", "Message": "OK", "BizId": format!("900619746936498{number}^0"), "RequestId": "R"})
                .to_string(),
        ),
        Vendor::Tencent => respond(
            200,
            json!({"Response": {"SendStatusSet": [{"SerialNo": format!("5000:{number}"), "Fee": 1, "Code": "Ok",
                "Message": "send success", "IsoCode": "CN"}], "RequestId": "R"}})
            .to_string(),
        ),
        Vendor::Plain => respond(200, json!({"code": 0, "id": format!("p{number}")}).to_string()),
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}
fn hmac(key: &[u8], text: &str) -> Vec<u8> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).unwrap();
    mac.update(text.as_bytes());
    mac.finalize().into_bytes().to_vec()
}

/// ACS3-HMAC-SHA256 over what arrived.
fn acs3(req: &HttpRequest, headers: &BTreeMap<String, String>, body: &[u8]) -> String {
    let mut query: Vec<&str> = req.query_string().split('&').collect();
    query.sort_unstable();
    let names: Vec<&str> = headers
        .keys()
        .map(String::as_str)
        .filter(|n| *n == "host" || n.starts_with("x-acs-"))
        .collect();
    let lines: String = names.iter().map(|n| format!("{n}:{}\n", headers[*n].trim())).collect();
    let (names, hash) = (names.join(";"), hex(&Sha256::digest(body)));
    assert_eq!(headers["x-acs-content-sha256"], hash);
    let canonical = format!(
        "{}\n{}\n{}\n{lines}\n{names}\n{hash}",
        req.method(),
        req.path(),
        query.join("&")
    );
    let signed = format!("ACS3-HMAC-SHA256\n{}", hex(&Sha256::digest(canonical)));
    let signature = hex(&hmac(ALIYUN.1.as_bytes(), &signed));
    format!(
        "ACS3-HMAC-SHA256 Credential={},SignedHeaders={names},Signature={signature}",
        ALIYUN.0
    )
}

/// TC3-HMAC-SHA256 over what arrived.
fn tc3(headers: &BTreeMap<String, String>, body: &[u8]) -> String {
    let of = |name: &str| headers.get(name).cloned().unwrap_or_default();
    let canonical = format!(
        "POST\n/\n\ncontent-type:{}\nhost:{}\n\ncontent-type;host\n{}",
        of("content-type"),
        of("host"),
        hex(&Sha256::digest(body))
    );
    let seconds: i64 = of("x-tc-timestamp").parse().unwrap_or(0);
    let day = chrono::DateTime::from_timestamp(seconds, 0)
        .unwrap()
        .format("%Y-%m-%d")
        .to_string();
    let scope = format!("{day}/sms/tc3_request");
    let signed = format!(
        "TC3-HMAC-SHA256\n{seconds}\n{scope}\n{}",
        hex(&Sha256::digest(canonical))
    );
    let key = hmac(format!("TC3{}", TENCENT.1).as_bytes(), &day);
    let key = hmac(&hmac(&key, "sms"), "tc3_request");
    format!(
        "TC3-HMAC-SHA256 Credential={}/{scope}, SignedHeaders=content-type;host, Signature={}",
        TENCENT.0,
        hex(&hmac(&key, &signed))
    )
}

/// X-Twilio-Signature of a form that is posted to an address.
pub fn twilio_signature(token: &str, url: &str, form: &[(&str, &str)]) -> String {
    let mut form = form.to_vec();
    form.sort_unstable();
    let text: String = form.iter().map(|(n, v)| format!("{n}{v}")).collect();
    let mut mac = Hmac::<Sha1>::new_from_slice(token.as_bytes()).unwrap();
    mac.update(format!("{url}{text}").as_bytes());
    STANDARD.encode(mac.finalize().into_bytes())
}
