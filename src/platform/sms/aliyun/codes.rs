//! Aliyun's codes (messaging.md 1.5; help.aliyun.com/document_detail/101346).

use super::super::codes::{self, Class};

const CODES: &[(&str, Class)] = &[
    ("InvalidAccessKeyId*", Class::Config),
    ("InvalidTimeStamp*", Class::Config),
    ("ServiceUnavailable*", Class::Busy),
    ("SignatureDoesNotMatch", Class::Config),
    ("SignatureNonceUsed", Class::Passing),
    ("Throttling*", Class::Busy),
    ("isp.GATEWAY_ERROR", Class::Busy),
    ("isp.RAM_PERMISSION_DENY", Class::Config),
    ("isp.SYSTEM_ERROR", Class::Busy),
    ("isv.ACCOUNT_*", Class::Config),
    ("isv.AMOUNT_NOT_ENOUGH", Class::Config),
    ("isv.BILLING_DEDUCTION_ERROR", Class::Config),
    ("isv.BLACK_KEY_CONTROL_LIMIT", Class::Permanent),
    ("isv.BUSINESS_LIMIT_CONTROL", Class::Passing),
    ("isv.DAY_LIMIT_CONTROL", Class::Config),
    ("isv.DENY_IP_RANGE", Class::Config),
    ("isv.DOMESTIC_NUMBER_NOT_SUPPORTED", Class::Elsewhere),
    ("isv.EXTEND_CODE_ERROR", Class::Config),
    ("isv.FORBIDDEN_ACTION", Class::Config),
    ("isv.INVALID_JSON_PARAM", Class::Permanent),
    ("isv.INVALID_PARAMETERS", Class::Permanent),
    ("isv.MOBILE_COUNT_OVER_LIMIT", Class::Permanent),
    ("isv.MOBILE_NUMBER_ILLEGAL", Class::Permanent),
    ("isv.MONTH_LIMIT_CONTROL", Class::Config),
    ("isv.OUT_OF_SERVICE", Class::Config),
    ("isv.PARAM_LENGTH_LIMIT", Class::Permanent),
    ("isv.PARAM_NOT_SUPPORT_URL", Class::Permanent),
    ("isv.PHONE_NUMBER_ILLEGAL", Class::Permanent),
    ("isv.PRODUCT_UNSUBSCRIBE", Class::Config),
    ("isv.PRODUCT_UN_SUBSCRIPT", Class::Config),
    ("isv.RAM_CHECK_FAILED", Class::Config),
    ("isv.SIGN_STATE_ILLEGAL", Class::Config),
    ("isv.SMS_CONTENT_ILLEGAL", Class::Elsewhere),
    ("isv.SMS_SIGNATURE_ILLEGAL", Class::Config),
    ("isv.SMS_SIGNATURE_SCENE_ILLEGAL", Class::Config),
    ("isv.SMS_SIGN_ILLEGAL", Class::Config),
    ("isv.SMS_TEMPLATE_ILLEGAL", Class::Config),
    ("isv.TEMPLATE_MISSING_PARAMETERS", Class::Permanent),
    ("isv.TEMPLATE_PARAMS_ILLEGAL", Class::Permanent),
];

/// Which of a number's limits `isv.BUSINESS_LIMIT_CONTROL` is about stands in the message only.
const LIMITS: [(&str, Class); 3] = [
    ("天级", Class::NextDay),
    ("小时级", Class::After(3600)),
    ("分钟级", Class::After(60)),
];

/// What a code with its message means; none: it is not known.
pub(super) fn class_of(code: &str, message: &str) -> Option<Class> {
    let limited = || LIMITS.iter().find(|(word, _)| message.contains(word));
    match code {
        "isv.BUSINESS_LIMIT_CONTROL" => limited().map(|(_, class)| *class).or(Some(Class::Passing)),
        _ => codes::class_of(CODES, code),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_and_their_classes() {
        let limited = "isv.BUSINESS_LIMIT_CONTROL";
        for (code, message, class) in [
            ("isv.MOBILE_NUMBER_ILLEGAL", "", Class::Permanent),
            ("isv.INVALID_PARAMETERS", "", Class::Permanent),
            ("isv.TEMPLATE_MISSING_PARAMETERS", "", Class::Permanent),
            ("isv.PARAM_LENGTH_LIMIT", "", Class::Permanent),
            ("isv.PARAM_NOT_SUPPORT_URL", "", Class::Permanent),
            ("isv.BLACK_KEY_CONTROL_LIMIT", "", Class::Permanent),
            ("isv.SMS_CONTENT_ILLEGAL", "", Class::Elsewhere),
            ("isv.DOMESTIC_NUMBER_NOT_SUPPORTED", "", Class::Elsewhere),
            (limited, "触发天级流控Permits:40", Class::NextDay),
            (limited, "触发小时级流控Permits:5", Class::After(3600)),
            (limited, "触发分钟级流控Permits:1", Class::After(60)),
            (limited, "", Class::Passing),
            ("isp.SYSTEM_ERROR", "", Class::Busy),
            ("isp.GATEWAY_ERROR", "", Class::Busy),
            ("Throttling.User", "", Class::Busy),
            ("SignatureNonceUsed", "", Class::Passing),
            ("isv.OUT_OF_SERVICE", "", Class::Config),
            ("isv.AMOUNT_NOT_ENOUGH", "", Class::Config),
            ("isv.SMS_SIGNATURE_ILLEGAL", "", Class::Config),
            ("isv.SMS_SIGN_ILLEGAL", "", Class::Config),
            ("isv.SIGN_STATE_ILLEGAL", "", Class::Config),
            ("isv.SMS_SIGNATURE_SCENE_ILLEGAL", "", Class::Config),
            ("isv.SMS_TEMPLATE_ILLEGAL", "", Class::Config),
            ("isv.PRODUCT_UN_SUBSCRIPT", "", Class::Config),
            ("isv.ACCOUNT_NOT_EXISTS", "", Class::Config),
            ("isv.ACCOUNT_ABNORMAL", "", Class::Config),
            ("isp.RAM_PERMISSION_DENY", "", Class::Config),
            ("isv.DENY_IP_RANGE", "", Class::Config),
            ("isv.EXTEND_CODE_ERROR", "", Class::Config),
            ("isv.DAY_LIMIT_CONTROL", "", Class::Config),
            ("isv.MONTH_LIMIT_CONTROL", "", Class::Config),
            ("SignatureDoesNotMatch", "", Class::Config),
            ("InvalidAccessKeyId.NotFound", "", Class::Config),
            ("InvalidTimeStamp.Expired", "", Class::Config),
        ] {
            assert_eq!(class_of(code, message), Some(class), "{code} {message}");
        }
        assert_eq!(class_of("isv.SOMETHING_NEW", ""), None);
    }
}
