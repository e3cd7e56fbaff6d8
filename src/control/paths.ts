/** Where the routes stand. */
export const API = '/api/realtime'
