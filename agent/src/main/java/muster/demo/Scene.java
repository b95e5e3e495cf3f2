package muster.demo;

import java.util.List;

/**
 * What the live view shows at one moment.
 *
 * @param elapsedNanos since the demo began
 * @param seconds how long the story should take
 * @param perSecond requests answered in the last second
 * @param answered since the load began
 * @param recent latency of the last seconds
 * @param rows one per node, in the order of their entry
 * @param story all lines told so far
 * @param hint the bottom line
 */
record Scene(
        long elapsedNanos,
        int seconds,
        long perSecond,
        long answered,
        long failed,
        Latencies.Summary recent,
        List<Row> rows,
        List<String> story,
        String hint) {

    /**
     * One node.
     *
     * @param membership what its peers say about it: alive, failed, left, or empty
     * @param state what the balancer says about its backend, or what else it does
     * @param perSecond requests it answered in the last second
     * @param total requests it answered; -1 for a node that serves none
     */
    record Row(String node, String membership, String state, long perSecond, long total) {}
}
