/**
 * Serf's RPC: MessagePack objects over TCP, each a header and perhaps a body. {@link muster.agent.rpc.RpcServer} answers
 * Serf's own command line and client libraries as a Serf agent does; {@link muster.agent.rpc.RpcClient} is what our
 * commands use, and it works with a real Serf agent too. What a client may cost is limited: their number, the size of a
 * request, the time to send one, the bytes that wait for it.
 */
@NullMarked
package muster.agent.rpc;

import org.jspecify.annotations.NullMarked;
