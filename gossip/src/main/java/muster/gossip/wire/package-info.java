/**
 * The bytes: MessagePack as go-msgpack 0.5.5 writes it, memberlist's and Serf's messages, packets (compound, LZW, CRC,
 * AES-GCM) and streams. Turns hostile bytes into values and values into bytes; decides nothing.
 *
 * <pre>
 *   datagram ── Packet ────────► Message ── User ──────► SerfCodec ──► SerfMessage
 *   stream ──── StreamReader ──►    │ ───── Alive.meta ► Tags
 *                                   └────── Ack.payload ► CoordinateCodec
 *   values ──── the same classes' encode ──► bytes, byte for byte what Serf 0.9.4 sends
 * </pre>
 *
 * Called by {@code muster.gossip} and, for MessagePack alone, by the RPC server of the agent. Holds no state but half-read
 * streams, never throws on input, never reads a clock; nonces come from the generator that is handed in. Encoders throw
 * {@link IllegalArgumentException} rather than write what crashes a peer.
 *
 * <p>What input may cost: 64 KiB unfolded and 1,024 parts per datagram; 20 MiB, 32 MiB unfolded, 100,000 rows and 16 MiB of
 * user state per stream; 32 levels and a million entries per container. Counts and lengths are checked against the bytes
 * that are really there before anything is allocated for them.
 *
 * <p>Stricter than Serf on purpose: names must be UTF-8 and at most 255 bytes, members need a name, an address of 4 or 16
 * bytes and 6 bytes of versions. As tolerant as Serf on purpose: unknown fields, fields in any order or by position, nil
 * for zero, bytes behind a message.
 */
@NullMarked
package muster.gossip.wire;

import org.jspecify.annotations.NullMarked;
