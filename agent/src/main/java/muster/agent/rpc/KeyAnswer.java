package muster.agent.rpc;

import java.util.Collections;
import java.util.SortedMap;

/**
 * What came of asking all members to do something with their keys.
 *
 * @param error empty when all did it
 * @param messages what members said, by their names
 * @param keys on how many members each key is; base64
 * @param nodes how many were asked
 * @param failures how many of them said that they could not
 * @param responses how many answered
 */
public record KeyAnswer(
        String error,
        SortedMap<String, String> messages,
        SortedMap<String, Integer> keys,
        int nodes,
        int failures,
        int responses) {

    /** Nobody was asked. */
    public static KeyAnswer refused(String error) {
        return new KeyAnswer(error, Collections.emptySortedMap(), Collections.emptySortedMap(), 0, 0, 0);
    }
}
