//! Tencent's codes (messaging.md 1.6; `errorcodes.py` of its SDK 3.1.153).

use super::super::codes::{self, Class};

const CODES: &[(&str, Class)] = &[
    ("AuthFailure*", Class::Config),
    ("FailedOperation.ContainSensitiveWord", Class::Elsewhere),
    ("FailedOperation.InsufficientBalanceInSmsPackage", Class::Config),
    ("FailedOperation.MarketingSendTimeConstraint", Class::NextWindow),
    ("FailedOperation.MissingTemplateList", Class::Config),
    ("FailedOperation.PhoneNumberInBlacklist", Class::OptedOut),
    ("FailedOperation.PhoneNumberParseFail", Class::Permanent),
    ("FailedOperation.SignatureIncorrectOrUnapproved", Class::Config),
    ("FailedOperation.TemplateIncorrectOrUnapproved", Class::Config),
    (
        "FailedOperation.TemplateParamSetNotMatchApprovedTemplate",
        Class::Config,
    ),
    ("InternalError*", Class::Busy),
    ("InternalError.RequestTimeException", Class::Config),
    ("InternalError.SendAndRecvFail", Class::Unknown),
    ("InternalError.Timeout", Class::Unknown),
    ("InvalidParameterValue.ContentLengthLimit", Class::Permanent),
    ("InvalidParameterValue.IncorrectPhoneNumber", Class::Permanent),
    (
        "InvalidParameterValue.ProhibitedUseUrlInTemplateParameter",
        Class::Permanent,
    ),
    ("InvalidParameterValue.TemplateParameterLengthLimit", Class::Permanent),
    ("LimitExceeded.AppDailyLimit", Class::Config),
    ("LimitExceeded.DeliveryFrequencyLimit", Class::Passing),
    ("LimitExceeded.PhoneNumberDailyLimit", Class::NextDay),
    ("LimitExceeded.PhoneNumberOneHourLimit", Class::After(3600)),
    ("LimitExceeded.PhoneNumberSameContentDailyLimit", Class::NextDay),
    ("LimitExceeded.PhoneNumberThirtySecondLimit", Class::After(30)),
    ("RequestLimitExceeded*", Class::Busy),
    ("UnauthorizedOperation*", Class::Config),
    ("UnsupportedOperation*", Class::Elsewhere),
];

/// What a code means; none: it is not known.
pub(super) fn class_of(code: &str) -> Option<Class> {
    codes::class_of(CODES, code)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_and_their_classes() {
        for (code, class) in [
            ("FailedOperation.PhoneNumberInBlacklist", Class::OptedOut),
            ("InvalidParameterValue.IncorrectPhoneNumber", Class::Permanent),
            ("FailedOperation.PhoneNumberParseFail", Class::Permanent),
            ("InvalidParameterValue.ContentLengthLimit", Class::Permanent),
            ("InvalidParameterValue.TemplateParameterLengthLimit", Class::Permanent),
            (
                "InvalidParameterValue.ProhibitedUseUrlInTemplateParameter",
                Class::Permanent,
            ),
            ("FailedOperation.ContainSensitiveWord", Class::Elsewhere),
            (
                "UnsupportedOperation.ContainDomesticAndInternationalPhoneNumber",
                Class::Elsewhere,
            ),
            ("LimitExceeded.PhoneNumberThirtySecondLimit", Class::After(30)),
            ("LimitExceeded.PhoneNumberOneHourLimit", Class::After(3600)),
            ("LimitExceeded.PhoneNumberDailyLimit", Class::NextDay),
            ("LimitExceeded.PhoneNumberSameContentDailyLimit", Class::NextDay),
            ("LimitExceeded.DeliveryFrequencyLimit", Class::Passing),
            ("InternalError.OtherError", Class::Busy),
            ("RequestLimitExceeded", Class::Busy),
            ("RequestLimitExceeded.UinLimitExceeded", Class::Busy),
            ("InternalError.SendAndRecvFail", Class::Unknown),
            ("InternalError.Timeout", Class::Unknown),
            ("InternalError.RequestTimeException", Class::Config),
            ("AuthFailure.SecretIdNotFound", Class::Config),
            ("UnauthorizedOperation.RequestIpNotInWhitelist", Class::Config),
            ("FailedOperation.InsufficientBalanceInSmsPackage", Class::Config),
            ("FailedOperation.SignatureIncorrectOrUnapproved", Class::Config),
            ("FailedOperation.TemplateIncorrectOrUnapproved", Class::Config),
            (
                "FailedOperation.TemplateParamSetNotMatchApprovedTemplate",
                Class::Config,
            ),
            ("FailedOperation.MissingTemplateList", Class::Config),
            ("LimitExceeded.AppDailyLimit", Class::Config),
            ("FailedOperation.MarketingSendTimeConstraint", Class::NextWindow),
        ] {
            assert_eq!(class_of(code), Some(class), "{code}");
        }
        assert_eq!(class_of("FailedOperation.SomethingNew"), None);
    }
}
