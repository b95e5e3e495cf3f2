package muster.agent.rpc;

import java.util.List;
import java.util.SortedMap;
import muster.gossip.wire.Bytes;

/**
 * A query, as a client asks for it.
 *
 * @param nodes who shall answer; empty for everybody
 * @param tags expressions that tags must match; empty for any
 * @param ack whether everybody who hears it shall say so
 * @param relayFactor over how many others each answer comes too, 0 to 255
 * @param timeoutNanos 0 for Serf's default
 */
public record QueryRequest(
        String name,
        Bytes payload,
        List<String> nodes,
        SortedMap<String, String> tags,
        boolean ack,
        int relayFactor,
        long timeoutNanos) {}
