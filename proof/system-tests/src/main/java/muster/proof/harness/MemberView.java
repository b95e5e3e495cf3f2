package muster.proof.harness;

import java.util.Map;

/**
 * What one node says about another.
 *
 * @param address IP:PORT
 * @param status as Serf names it: alive, leaving, left, failed
 */
public record MemberView(String name, String address, String status, Map<String, String> tags) {}
