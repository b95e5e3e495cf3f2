package muster.proof.harness;

import java.util.Map;
import java.util.TreeMap;

/**
 * What one node says about another.
 *
 * @param address IP:PORT
 * @param status as Serf names it: alive, leaving, left, failed
 */
public record MemberView(String name, String address, String status, Map<String, String> tags) {

    /** One member of the JSON of {@code serf members}. */
    static MemberView of(Map<?, ?> json) {
        var tags = new TreeMap<String, String>();
        if (json.get("tags") instanceof Map<?, ?> map) {
            map.forEach((key, value) -> tags.put(String.valueOf(key), String.valueOf(value)));
        }
        return new MemberView(
                String.valueOf(json.get("name")),
                String.valueOf(json.get("addr")),
                String.valueOf(json.get("status")),
                tags);
    }
}
