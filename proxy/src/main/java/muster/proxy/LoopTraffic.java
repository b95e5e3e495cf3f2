package muster.proxy;

/**
 * What one event loop carries.
 *
 * @param openConnections clients connected now
 * @param upstreamConnections to backends now, idle ones too
 */
public record LoopTraffic(
        int loop, long openConnections, long upstreamConnections, long requests, long bytesIn, long bytesOut) {}
