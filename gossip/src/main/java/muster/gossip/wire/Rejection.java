package muster.gossip.wire;

/** Why bytes from outside were refused. Each is counted under its own name. */
public enum Rejection {
    EMPTY,
    TRUNCATED,
    UNKNOWN_TYPE,
    LABEL_UNSUPPORTED,
    BAD_MSGPACK,
    WRONG_FIELD_TYPE,
    /** A name that is not UTF-8. */
    BAD_TEXT,
    NUMBER_OUT_OF_RANGE,
    NAME_EMPTY,
    NAME_TOO_LONG,
    META_TOO_LONG,
    BAD_ADDRESS,
    BAD_VERSIONS,
    TOO_DEEP,
    TOO_MANY_PARTS,
    EMPTY_PART,
    NESTED_TOO_DEEP,
    BAD_CRC,
    UNKNOWN_COMPRESSION,
    BAD_COMPRESSION,
    INFLATED_TOO_LARGE,
    ENCRYPTED_UNEXPECTED,
    PLAINTEXT_UNEXPECTED,
    WRONG_KEY,
    BAD_ENCRYPTION,
    TOO_LARGE,
    BAD_COUNT,
    NOT_ALLOWED_HERE,
    EMPTY_USER_MESSAGE,
    /** A query's filter without a byte in it: Serf 0.9 crashes on it. */
    EMPTY_FILTER,
    /** A query about keys without a payload: Serf 0.9 crashes on it. */
    EMPTY_KEY_REQUEST
}
