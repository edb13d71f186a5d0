// Styles are read as they are: test/palette.test.ts measures their colours.
export default { test: { include: ["test/**/*.test.ts"], css: true } };
