package dev.ballast.images.dockerfile;

/**
 * The text of a here-document.
 *
 * @param name its delimiter without quotes
 * @param expand whether variables are expanded: the delimiter had no quotes
 * @param chomp whether leading tabs are dropped: {@code <<-}
 */
public record Heredoc(String name, String content, boolean expand, boolean chomp) {}
