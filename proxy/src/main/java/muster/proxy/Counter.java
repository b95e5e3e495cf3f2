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
    UPSTREAM_RESET_BEFORE_RESPONSE,
    UPSTREAM_RESET_AFTER_RESPONSE,
    UPSTREAM_RESPONSE_TIMEOUT,
    UPSTREAM_BAD_RESPONSE,
    UPSTREAM_IDLE_CLOSED,
    UPSTREAM_UNASKED_BYTES,
    CLIENTS_IDLE_CLOSED,
    CLIENTS_STALLED,
    TUNNELS,
    TUNNELS_IDLE_CLOSED,
    CHECKS_PASSED,
    CHECKS_FAILED,
    /** Timed out while this process was too busy to say whose fault it was. */
    CHECKS_INCONCLUSIVE;

    /** As it appears on the stats page: {@code requests_malformed}. */
    public String label() {
        return name().toLowerCase(Locale.ROOT);
    }
}
