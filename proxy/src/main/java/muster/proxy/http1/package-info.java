/**
 * HTTP/1.1 as bytes: what a message head says, where a body ends, what the next hop is told.
 *
 * <pre>
 *   bytes ──► RequestHead ──► RequestRewrite ──► bytes to a backend
 *                 │ bodies: BodyReader, which finds the end and what of it may pass
 *   bytes ──► ResponseHead ─► ResponseRewrite ─► bytes to the client
 * </pre>
 *
 * Strict by design: whatever two readers could understand differently (RFC 9112 §11) is refused, never repaired. Refusing
 * is a value ({@link muster.proxy.http1.Refusal}), never an exception. Knows no socket, buffer library, clock or backend;
 * objects are reused from message to message, so nothing is allocated per request; none of them is thread-safe.
 */
@NullMarked
package muster.proxy.http1;

import org.jspecify.annotations.NullMarked;
