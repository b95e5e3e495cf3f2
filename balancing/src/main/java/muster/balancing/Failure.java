package muster.balancing;

/** What the data plane saw go wrong with a backend. */
public enum Failure {
    /** Nobody listens there: the surest evidence there is. */
    CONNECT_REFUSED("refused a connection"),
    /** No answer to a connection attempt in time, or no route. */
    CONNECT_TIMEOUT("did not accept a connection in time"),
    /** The connection broke after the request was sent and before a byte of the response. */
    RESET_BEFORE_RESPONSE("broke a connection before answering"),
    /** The connection broke inside a response. */
    RESET_AFTER_RESPONSE("broke a connection inside a response"),
    /** No response in time. */
    RESPONSE_TIMEOUT("did not answer a request in time"),
    /** The response breaks its protocol. */
    BAD_RESPONSE("answered with something that is no valid response"),
    /** The active check failed as often in a row as the checker requires. */
    CHECK_FAILED("fails its health check");

    private final String words;

    Failure(String words) {
        this.words = words;
    }

    /** As the end of a sentence that starts with the backend. */
    String words() {
        return words;
    }
}
