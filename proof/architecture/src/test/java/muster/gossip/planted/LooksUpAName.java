package muster.gossip.planted;

import java.net.InetAddress;
import java.net.UnknownHostException;
import muster.proof.architecture.Breaks;

@Breaks("no_network")
public final class LooksUpAName {
    byte[] lookUp(String host) throws UnknownHostException {
        return InetAddress.getByName(host).getAddress();
    }
}
