export default {
  oxc: { jsx: { runtime: 'automatic' } },
  resolve: { dedupe: ['react'] }, // `seiche` is linked here, and its folder has a React of its own
}
