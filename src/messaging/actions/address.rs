//! Addresses that people type: where a message goes that is no patient's.

use super::super::model::Carrier;
use crate::clinic;
use crate::patients::PhoneNumber;
use crate::platform::db::Conn;
use crate::platform::error::{Error, FieldError, Result};

/// The longest address.
const ADDRESS_MAX: usize = 200;

/// A typed address: a mobile number, given in E.164, or an email address.
///
/// # Errors
/// A fault at `field`.
pub fn read_address(c: &mut Conn, typed: &str, field: &str) -> Result<(Carrier, String)> {
    if typed.is_empty() {
        return Err(Error::Invalid(vec![FieldError::required(field)]));
    }
    if typed.contains('@') {
        let domain = typed.rsplit('@').next().unwrap_or("");
        let sound = typed.len() <= ADDRESS_MAX && typed.parse::<lettre::Address>().is_ok() && domain.contains('.');
        return if sound {
            Ok((Carrier::Email, typed.to_owned()))
        } else {
            Err(Error::field(
                field,
                "invalid",
                "邮箱地址不对",
                "This is not an email address",
            ))
        };
    }
    let country = clinic::the_site(c)?.country;
    match PhoneNumber::parse(typed, &country) {
        Ok(number) if number.is_mobile() => Ok((Carrier::Sms, number.as_str().to_owned())),
        Ok(_) => Err(Error::field(
            field,
            "not_mobile",
            "这个号码收不到短信，请填手机号",
            "This number takes no text messages: give a mobile number",
        )),
        Err(_) => Err(Error::field(
            field,
            "invalid",
            "没有这样的号码，请核对位数（外国号码以 + 和国家代码开头）",
            "There is no such number: check the digits (foreign numbers begin with + and the country code)",
        )),
    }
}
