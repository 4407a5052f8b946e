"""Links, embed codes and images of figures."""
