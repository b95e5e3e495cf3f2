package muster.proxy.http1;

/** Why a message is refused: the status its sender is answered with, and a sentence that says what to change. */
public enum Refusal {
    REQUEST_LINE(400, "The request line must be METHOD SP target SP HTTP/1.1 CRLF, with single spaces."),
    BARE_LINE_END(400, "Lines must end with CR LF; a lone CR or LF is not accepted."),
    CONTROL_CHARACTER(400, "Header fields must not contain control characters."),
    FOLDED_LINE(400, "Header lines must not begin with white space (line folding is obsolete)."),
    FIELD_NAME(400, "A header field must be a token followed at once by a colon."),
    TARGET(400, "The request target has characters or a form that is not allowed here; percent-encode it."),
    HOST_MISSING(400, "An HTTP/1.1 request needs a Host field."),
    HOST_REPEATED(400, "There must be one Host field only."),
    HOST_INVALID(400, "The Host field is not a valid host name or address with an optional port."),
    HOST_MISMATCH(400, "The host of the request target and the Host field must be the same."),
    LENGTH_INVALID(400, "Content-Length must be decimal digits only."),
    LENGTH_REPEATED(400, "There must be one Content-Length field only."),
    LENGTH_AND_CODING(400, "Content-Length and Transfer-Encoding must not be used together."),
    CODING_INVALID(400, "Transfer-Encoding must be exactly: chunked."),
    CODING_OLD_VERSION(400, "Transfer-Encoding is not possible in HTTP/1.0."),
    CONNECTION_INVALID(
            400,
            "The Connection field must be a list of at most 32 names, and must not name a field that is end to end."),
    CHUNK_INVALID(400, "The chunked body is malformed."),
    METHOD_NOT_ALLOWED(405, "TRACE is not served here."),
    BODY_TOO_LONG(413, "The request body is longer than this proxy accepts."),
    LINE_TOO_LONG(414, "The request line is longer than this proxy accepts; shorten the target."),
    EXPECTATION(417, "The only expectation that is understood is 100-continue."),
    HEAD_TOO_LONG(431, "The header fields are longer than this proxy accepts; send fewer or smaller ones (cookies?)."),
    TOO_MANY_FIELDS(431, "There are more header fields than this proxy accepts."),
    CODING_UNKNOWN(501, "Only the transfer coding chunked is understood."),
    METHOD_UNKNOWN(501, "CONNECT, and methods longer than 32 characters, are not served here."),
    VERSION(505, "Only HTTP/1.1 and HTTP/1.0 are spoken here."),
    STATUS_LINE(502, "The backend's status line is malformed.");

    private final int status;
    private final String sentence;

    Refusal(int status, String sentence) {
        this.status = status;
        this.sentence = sentence;
    }

    /** The status code for the client that sent it; a response that is refused gives 502 whatever this says. */
    public int status() {
        return status;
    }

    public String sentence() {
        return sentence;
    }
}
