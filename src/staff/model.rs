//! Roles and accounts. Pure.

use serde::Serialize;

use crate::platform::clock::Instant;
use crate::platform::db::text_enum;
use crate::platform::error::FieldError;
use crate::platform::i18n::{Lang, Text};
use crate::platform::ids::id_type;
use crate::platform::web::form::Faults;

id_type! {
    /// Row id of an account.
    UserId
}

text_enum! {
    /// What somebody may do here (clinic.md R2).
    Role {
        /// 管理员: sets up staff, chairs, services, rules, templates, gateways.
        Administrator = "administrator",
        /// 前台客服专员: registers, books, checks in.
        FrontDesk = "front-desk",
        /// 责任护士: calls back, keeps the record.
        Nurse = "nurse",
        /// 医生: examines, writes the visit.
        Doctor = "doctor",
        /// 护士长, 科主任: reviews callbacks, satisfaction and quality.
        Manager = "manager",
    }
}

impl Role {
    /// For people.
    pub fn name(self) -> Text {
        match self {
            Role::Administrator => Text::new("管理员", "Administrator"),
            Role::FrontDesk => Text::new("前台", "Front desk"),
            Role::Nurse => Text::new("护士", "Nurse"),
            Role::Doctor => Text::new("医生", "Doctor"),
            Role::Manager => Text::new("护士长 / 主任", "Head nurse / manager"),
        }
    }
    /// Whether a new account of this role may book over what is in the way; an administrator may say otherwise.
    pub fn overbooks(self) -> bool {
        self != Role::Nurse
    }
}

/// The roles that may use a route.
pub type Allow = &'static [Role];
/// Everybody who is signed in.
pub const EVERYONE: Allow = Role::ALL;
/// Who books and checks in; nurses and managers stand in at the desk.
pub const DESK: Allow = &[Role::Administrator, Role::FrontDesk, Role::Nurse, Role::Manager];
/// Who reads and writes the clinical record.
pub const CLINICAL: Allow = &[Role::Doctor, Role::Nurse, Role::Manager];
/// Who reviews.
pub const MANAGERS: Allow = &[Role::Administrator, Role::Manager];
/// Who sets things up.
pub const ONLY_ADMINISTRATOR: Allow = &[Role::Administrator];

/// An account.
#[derive(Debug, Clone, Serialize, diesel::Queryable)]
pub struct User {
    /// Row id.
    pub id: UserId,
    /// What is typed at sign-in; lower case.
    pub login: String,
    /// For people.
    pub name: String,
    /// What they may do.
    pub role: Role,
    /// Argon2id, PHC format. None until the invitation is used.
    #[serde(skip)]
    pub password_hash: Option<String>,
    /// Chosen language.
    pub language: Option<Lang>,
    /// Whether they may sign in.
    pub active: bool,
    /// When the account was made.
    pub created_at: Instant,
    /// When it last changed.
    pub updated_at: Instant,
    /// Whether they may book over what is in the way, with a reason.
    pub may_overbook: bool,
}

/// Who acts, and from where: goes into every audit row.
#[derive(Debug, Clone)]
pub struct Actor {
    /// The account; none for patients, jobs and the command line.
    pub user: Option<UserId>,
    /// Name for people.
    pub name: String,
    /// None where there is no account.
    pub role: Option<Role>,
    /// Whether the account may book over what is in the way.
    pub may_overbook: bool,
    /// Client address, or "-" inside the server.
    pub ip: String,
    /// Request id, or the job's name.
    pub request: String,
}

impl Actor {
    /// Somebody with an account.
    pub fn of(user: &User, ip: String, request: String) -> Actor {
        Actor {
            user: Some(user.id),
            name: user.name.clone(),
            role: Some(user.role),
            may_overbook: user.may_overbook,
            ip,
            request,
        }
    }
    /// The server itself, in the name of a job or command.
    pub fn system(what: &str) -> Actor {
        Actor {
            user: None,
            name: what.to_owned(),
            role: None,
            may_overbook: false,
            ip: "-".into(),
            request: what.to_owned(),
        }
    }
    /// A patient who came by a signed link.
    pub fn patient(ip: String, request: String) -> Actor {
        Actor {
            user: None,
            name: "patient".into(),
            role: None,
            may_overbook: false,
            ip,
            request,
        }
    }
    /// Whether this actor has one of `roles`.
    pub fn is(&self, roles: Allow) -> bool {
        self.role.is_some_and(|r| roles.contains(&r))
    }
}

/// An account to be made.
#[derive(Debug, Clone)]
pub struct NewUser {
    /// What is typed at sign-in.
    pub login: String,
    /// For people.
    pub name: String,
    /// What they may do.
    pub role: Role,
    /// None: an invitation link sets it.
    pub password: Option<String>,
}

/// Shortest and longest password (ASVS 5.0 6.2.1: length counts, composition rules do not).
const PASSWORD_LENGTH: std::ops::RangeInclusive<usize> = 12..=128;
/// Longest login and name.
const NAME_MAX: usize = 60;

impl NewUser {
    /// Everything wrong with it.
    pub fn check(&self) -> Faults {
        let mut faults = Faults::default();
        check_login(&self.login, &mut faults);
        check_name(&self.name, &mut faults);
        if let Some(password) = &self.password
            && let Some(f) = password_fault(password, &self.login, &[])
        {
            faults.0.push(f);
        }
        faults
    }
}

/// What is wrong with a person's name.
pub(super) fn check_name(name: &str, faults: &mut Faults) {
    if name.trim().is_empty() {
        faults.require("name");
    } else if name.chars().count() > NAME_MAX {
        faults.add("name", "too_long", "姓名太长", "This name is too long");
    }
}

fn check_login(login: &str, faults: &mut Faults) {
    if login.is_empty() {
        faults.require("login");
    } else if login.len() > NAME_MAX
        || !login
            .chars()
            .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || ".-_@".contains(c))
    {
        faults.add(
            "login",
            "invalid",
            "登录名只能用小写字母、数字和 . - _ @",
            "A login has lower-case letters, digits and . - _ @ only",
        );
    }
}

/// What half the world types, and what thieves try first.
const COMMON: [&str; 18] = [
    "password", "passw0rd", "p@ssw0rd", "123456", "654321", "qwerty", "qwertz", "asdfgh", "1q2w3e", "1qaz2wsx",
    "iloveyou", "woaini", "letmein", "welcome1", "admin123", "abc123", "111111", "888888",
];
/// Longest piece whose repetition makes a whole password.
const PIECE_MAX: usize = 4;

/// What is wrong with a password, if anything; `clinic`: the clinic's names.
pub fn password_fault(password: &str, login: &str, clinic: &[String]) -> Option<FieldError> {
    let fault = |code, zh: String, en: String| Some(FieldError::new("password", code, zh, en));
    let length = password.chars().count();
    if length < *PASSWORD_LENGTH.start() {
        return fault(
            "too_short",
            format!("密码至少 12 个字符，现在是 {length} 个"),
            format!("A password has at least 12 characters; this one has {length}"),
        );
    }
    if length > *PASSWORD_LENGTH.end() {
        return fault(
            "too_long",
            "密码最多 128 个字符".into(),
            "A password has at most 128 characters".into(),
        );
    }
    let folded = fold(password);
    if is_pattern(&folded) {
        return fault(
            "pattern",
            "密码只是同一段字符的重复或连续的字符，太容易猜到".into(),
            "The password is one short piece over and over, or a mere sequence: too easy to guess".into(),
        );
    }
    if login.chars().count() > 3 && folded.contains(&fold(login)) {
        return fault(
            "has_login",
            format!("密码里有登录名“{login}”"),
            format!("The password contains the login \"{login}\""),
        );
    }
    if let Some(name) = clinic.iter().find(|n| names_clinic(&folded, n)) {
        return fault(
            "has_clinic",
            format!("密码里有诊所的名称“{name}”"),
            format!("The password contains the clinic's name \"{name}\""),
        );
    }
    if let Some(word) = COMMON.iter().find(|w| folded.contains(**w)) {
        return fault(
            "common",
            format!("密码里有很常见的“{word}”，太容易猜到"),
            format!("The password contains \"{word}\", which is among the most common ones"),
        );
    }
    None
}

/// Lower case, without blanks.
fn fold(text: &str) -> String {
    text.chars()
        .filter(|c| !c.is_whitespace())
        .flat_map(char::to_lowercase)
        .collect()
}

/// The whole name, or its first word when that is long enough to mean this clinic.
fn names_clinic(folded: &str, name: &str) -> bool {
    let whole = fold(name);
    let first = fold(name.split_whitespace().next().unwrap_or(""));
    (whole.chars().count() > 2 && folded.contains(&whole)) || (first.len() > 4 && folded.contains(&first))
}

/// One piece of up to four characters repeated, or each character one after (or before) the last.
fn is_pattern(text: &str) -> bool {
    let chars: Vec<char> = text.chars().collect();
    let repeats = (1..=PIECE_MAX).any(|n| chars.iter().zip(chars.iter().skip(n)).all(|(a, b)| a == b));
    let steps: Vec<i64> = chars
        .iter()
        .zip(chars.iter().skip(1))
        .map(|(a, b)| i64::from(u32::from(*b)) - i64::from(u32::from(*a)))
        .collect();
    repeats || steps.iter().all(|s| *s == 1) || steps.iter().all(|s| *s == -1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passwords() {
        let clinic = ["知齿口腔".to_owned(), "Zhichi Dental".to_owned()];
        let why = |password: &str, login: &str| password_fault(password, login, &clinic).map(|f| (f.code, f.text.en));
        for (password, login, code, said) in [
            ("short", "li", "too_short", "this one has 5"),
            ("aaaaaaaaaaaaaa", "li", "pattern", "over and over"),
            ("abcdabcdabcdab", "li", "pattern", "over and over"),
            ("abcdefghijklm", "li", "pattern", "sequence"),
            ("my-LiMing-2026-x", "liming", "has_login", "liming"),
            ("zhichi-dentists", "li", "has_clinic", "Zhichi Dental"),
            ("我在知齿口腔上班很久很久", "li", "has_clinic", "知齿口腔"),
            ("my Password 2026!", "li", "common", "password"),
        ] {
            let (got, text) = why(password, login).unwrap_or_else(|| panic!("{password} has no fault"));
            assert_eq!(got, code, "{password}");
            assert!(text.contains(said), "{text}");
        }
        assert_eq!(why("correct horse battery", "li"), None);
        assert_eq!(
            why(&"长".repeat(12).replace('长', "长安"), "li").map(|w| w.0),
            Some("pattern")
        );
        assert_eq!(why("春眠不觉晓处处闻啼鸟夜来", "li"), None);
    }
    #[test]
    fn logins() {
        for (login, ok) in [("li.ming", true), ("Li", false), ("", false), ("a b", false)] {
            let user = NewUser {
                login: login.into(),
                name: "李".into(),
                role: Role::Nurse,
                password: None,
            };
            assert_eq!(user.check().0.is_empty(), ok, "{login}");
        }
    }
}
