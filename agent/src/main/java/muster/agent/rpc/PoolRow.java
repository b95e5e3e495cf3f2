package muster.agent.rpc;

/**
 * One backend of one pool, for people.
 *
 * @param state in lower case, like {@code ready}
 * @param reason a sentence
 * @param sinceSeconds how long it has been in that state
 * @param served whether this balancer sends requests to its pool
 */
public record PoolRow(
        String pool,
        String node,
        String address,
        String state,
        String reason,
        long sinceSeconds,
        int weight,
        long inFlight,
        long requests,
        long failures,
        boolean served) {}
