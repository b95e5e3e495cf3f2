package muster.proxy;

import java.util.Locale;

/** What is counted. A name once published stays. */
public enum Counter {
    CONNECTIONS,
    /** Closed at once because as many clients as allowed were connected. */
    CONNECTIONS_OVER_LIMIT,
    REQUESTS,
    RESPONSES_1XX,
    RESPONSES_2XX,
    RESPONSES_3XX,
    RESPONSES_4XX,
    RESPONSES_5XX,
    /** Answers that the proxy made itself, error pages. */
    ANSWERS_OWN,
    BYTES_FROM_CLIENTS,
    BYTES_TO_CLIENTS,
    REQUESTS_MALFORMED,
    REQUESTS_HEAD_TOO_LONG,
    REQUESTS_BODY_TOO_LONG,
    REQUESTS_HEAD_TIMEOUT,
    REQUESTS_BODY_TIMEOUT,
    REQUESTS_ABORTED_BY_CLIENT,
    /** Refused for a long head that there was no memory for. */
    REQUESTS_OVER_MEMORY,
    REQUESTS_NO_BACKEND,
    REQUESTS_QUEUED,
    REQUESTS_QUEUE_FULL,
    REQUESTS_QUEUE_TIMEOUT,
    RETRIES,
    RETRIES_OVER_BUDGET,
    REDISPATCHES,
    UPSTREAM_CONNECTIONS,
    UPSTREAM_REUSED,
    UPSTREAM_CONNECT_REFUSED,
    UPSTREAM_CONNECT_TIMEOUT,
    /** There was no file descriptor or no local port for it: our trouble, no backend's. */
    UPSTREAM_NOT_OPENED,
    UPSTREAM_RESET_BEFORE_RESPONSE,
    UPSTREAM_RESET_AFTER_RESPONSE,
    UPSTREAM_RESPONSE_TIMEOUT,
    UPSTREAM_BAD_RESPONSE,
    UPSTREAM_IDLE_CLOSED,
    UPSTREAM_UNASKED_BYTES,
    CLIENTS_IDLE_CLOSED,
    CLIENTS_STALLED,
    /** A request can be sent no second time because little memory was left to keep its body. */
    BODIES_NOT_KEPT,
    /** A request or its answer was read no further because the other side did not take the little that was left for it. */
    WAITS_FOR_MEMORY,
    /** A connection was cut because there was no memory for what it sends or gets. */
    ENDED_FOR_MEMORY,
    TUNNELS,
    TUNNELS_IDLE_CLOSED,
    CHECKS_PASSED,
    CHECKS_FAILED,
    /** Could not be begun or finished for want of something here: files, ports, memory. */
    CHECKS_INCONCLUSIVE,
    /** Exceptions that nobody expected. */
    FAULTS;

    /** As it appears on the stats page: {@code requests_malformed}. */
    public String label() {
        return name().toLowerCase(Locale.ROOT);
    }
}
