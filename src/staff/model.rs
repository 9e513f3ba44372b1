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
    /// Client address, or "-" inside the server.
    pub ip: String,
    /// Request id, or the job's name.
    pub request: String,
}

impl Actor {
    /// The server itself, in the name of a job or command.
    pub fn system(what: &str) -> Actor {
        Actor {
            user: None,
            name: what.to_owned(),
            role: None,
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
            && let Some(f) = password_fault(password, &self.login)
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

/// What is wrong with a password, if anything.
pub fn password_fault(password: &str, login: &str) -> Option<FieldError> {
    let length = password.chars().count();
    if length < *PASSWORD_LENGTH.start() {
        return Some(FieldError::new(
            "password",
            "too_short",
            "密码至少 12 个字符",
            "A password has at least 12 characters",
        ));
    }
    if length > *PASSWORD_LENGTH.end() {
        return Some(FieldError::new(
            "password",
            "too_long",
            "密码最多 128 个字符",
            "A password has at most 128 characters",
        ));
    }
    let folded = password.to_lowercase();
    let first = folded.chars().next();
    if folded.chars().all(|c| Some(c) == first)
        || (login.len() > 3 && folded.contains(login))
        || folded.contains("password")
    {
        return Some(FieldError::new(
            "password",
            "weak",
            "密码太容易猜到",
            "This password is too easy to guess",
        ));
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passwords() {
        assert!(password_fault("short", "li").is_some());
        assert!(password_fault("aaaaaaaaaaaaaa", "li").is_some());
        assert!(password_fault("my-liming-2026-x", "liming").is_some());
        assert!(password_fault("correct horse battery", "li").is_none());
        assert!(password_fault(&"长".repeat(12).replace('长', "长安"), "li").is_none());
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
