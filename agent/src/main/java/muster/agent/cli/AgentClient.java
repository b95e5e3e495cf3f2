package muster.agent.cli;

import java.io.EOFException;
import java.io.IOException;
import java.net.InetSocketAddress;
import muster.agent.configuration.Configuration;
import muster.agent.configuration.Endpoint;
import muster.agent.configuration.Schema;
import muster.agent.rpc.RpcClient;

/** How commands reach a running agent, and what they say when they cannot. */
final class AgentClient {
    private static final int RPC_PORT = 7373;

    /** Serf's word for it. */
    private static final String CLOSED = "client closed";

    private AgentClient() {}

    /** What a command does with the connection. */
    @FunctionalInterface
    interface Task<T> {
        T with(RpcClient client) throws IOException;
    }

    /** Connects, does it, closes. {@code doing} begins the message of a refusal: "retrieving members". Throws {@link Refusal}. */
    static <T> T call(Configuration configuration, String doing, Task<T> task) {
        Endpoint address = configuration.value(Schema.RPC_ADDR);
        var socketAddress = new InetSocketAddress(address.hostOr("127.0.0.1"), address.portOr(RPC_PORT));
        if (socketAddress.isUnresolved()) {
            throw new Refusal(
                    "Error connecting to Serf agent: dial tcp: lookup " + address.host() + ": no such host",
                    "Name the agent's address with -rpc-addr");
        }
        RpcClient client;
        try {
            client = RpcClient.connect(socketAddress, configuration.value(Schema.RPC_AUTH));
        } catch (IOException e) {
            String message = message(e);
            throw new Refusal("Error connecting to Serf agent: " + message, remedy(message, address));
        }
        try (client) {
            return task.with(client);
        } catch (IOException e) {
            String message = message(e);
            throw new Refusal("Error " + doing + ": " + message, remedy(message, address));
        }
    }

    private static String message(IOException e) {
        return e instanceof EOFException ? CLOSED : String.valueOf(e.getMessage());
    }

    /** What to do about this error, which the agent or the way to it had; empty where it says that itself. */
    static String remedy(String message, Endpoint address) {
        if (message.endsWith("refused")) {
            return "No agent listens at " + address
                    + ". Start one ('muster agent', 'muster run' or 'muster balance'), or name its address with -rpc-addr";
        }
        if (message.contains("uthentication")) {
            return "Give the agent's key with -rpc-auth or MUSTER_RPC_AUTH";
        }
        if (message.equals(CLOSED)) {
            return "The agent at " + address
                    + " closed the connection: it has ended, or cannot do what was asked for; its log" + " says why";
        }
        if (message.contains("base64")) {
            return "'muster keygen' makes a key";
        }
        if (message.contains("Unsupported command")) {
            return "\nThe agent at " + address + " does not know this command, as a real Serf agent or an older Muster"
                    + " does not. Name one that does with -rpc-addr ('muster pool': a balancer, 'muster balance')";
        }
        return "";
    }
}
