package muster.agent.rpc;

import java.io.IOException;

/** The other side does not keep to the protocol, or refused; the message says how. */
public final class RpcFault extends IOException {
    private static final long serialVersionUID = 1;

    public RpcFault(String message) {
        super(message);
    }
}
