package dev.ballast.roles.admin;

import java.util.Map;

/**
 * One question.
 *
 * @param method GET, POST or DELETE
 * @param path what follows the handler's name, without a leading slash: {@code 17/stack}
 * @param query decoded parameters; of a repeated one the last
 */
public record AdminRequest(String method, String path, Map<String, String> query) {}
