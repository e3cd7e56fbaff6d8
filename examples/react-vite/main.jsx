// In the root of the repository: npm start, and npm run build; then here: npm install && npm run dev
import { createRoot } from 'react-dom/client'
import { createClient } from 'seiche/client'
import { createHooks } from 'seiche/react'

const url = new URLSearchParams(location.search).get('ws') ?? 'ws://127.0.0.1:8081'
const { useEvents, useStatus, useView } = createHooks(createClient(url))

function Transfers() {
  const { status, data = [] } = useEvents('transfers', { since: '0-0-0', limit: 50 })
  return (
    <section>
      <h2>Transfers ({status})</h2>
      <ul>
        {data.map(({ id, type, data: { amount, denom } }) => (
          <li key={id}>
            {type}: {amount} {denom}
          </li>
        ))}
      </ul>
    </section>
  )
}

function Market() {
  const { data } = useView('market_stats')
  return <p>{data ? `${data.totalTransactions} transactions of ${data.totalUsers} users` : 'no figures yet'}</p>
}

function App() {
  const { status } = useStatus()
  return (
    <main>
      <h1>SeiMoney, live</h1>
      <p>connection: {status}</p>
      <Market />
      <Transfers />
    </main>
  )
}

createRoot(document.getElementById('root')).render(<App />)
