/**
 * The bytes: MessagePack as go-msgpack 0.5.5 writes it, memberlist's and Serf's messages, packets (compound, LZW, CRC,
 * AES-GCM) and streams. Turns hostile bytes into values and values into bytes; decides nothing. Called by
 * {@code muster.gossip} and, for MessagePack alone, by the RPC server of the agent. Holds no state but key rings and
 * half-read streams, never throws on input, never reads a clock.
 */
@NullMarked
package muster.gossip.wire;

import org.jspecify.annotations.NullMarked;
